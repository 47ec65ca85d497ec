"""The settings of a check of a data set, typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from surrogate.spaces import Frozen
from surrogate.values import Positive


class CheckConfig(Frozen):
    """``surrogate data check``: what is seen of the samples and splits of a data set, and how far its labels are.

    Attributes:
        data: the data set.
        equation: the name of an equation or a recipe that the labels are held against; None: of none.
        parameters: of the equation, over those of its recipe.
        samples: how many are solved again.
    """

    data: Path
    equation: str | None
    parameters: dict[str, Any] | None
    samples: Positive
