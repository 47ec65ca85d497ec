"""The integral of a function, ``s' = u``, ``s(0) = 0``: the simplest operator to learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor

from surrogate.equations._forced import Forced


class Equation(Forced):
    """The law of the function, and how it is integrated: cubic splines exactly, but for rounding."""

    states: ClassVar = ("antiderivative",)

    def rate(self, state: Sequence[Tensor], forcing: Tensor) -> tuple[Tensor]:
        return (forcing,)
