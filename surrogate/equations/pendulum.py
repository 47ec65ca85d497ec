"""A pendulum that is pushed, ``s'' = -stiffness sin s + u``, from rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor

from surrogate.equations._equation import Positive
from surrogate.equations._forced import Forced


class Equation(Forced):
    """The law of the push, and the ``stiffness``: gravity over length."""

    states: ClassVar = ("angle", "angular_velocity")

    stiffness: Positive

    def rate(self, state: Sequence[Tensor], forcing: Tensor) -> tuple[Tensor, Tensor]:
        angle, velocity = state
        return velocity, forcing - self.stiffness * angle.sin()
