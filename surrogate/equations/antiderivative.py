"""The integral of a function, ``s' = u``, ``s(0) = 0``: the simplest operator to learn."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from surrogate.equations._equation import Solved
from surrogate.equations._forced import (
    Forced,
    draw,
    forced_specification,
    refined,
    residual_forced,
    second_opinion,
    solve_forced,
)
from surrogate.spaces import DataSpec, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Forced):
    """The law of the function, and how it is integrated."""

    dimensions: ClassVar = 1
    block: ClassVar = 100
    tried_on: ClassVar = 50


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` nodes.

    Raises:
        SettingsError: a task other than ``map``, or not one axis.
    """
    return forced_specification(settings, points, task, ["antiderivative"])


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the antiderivatives of the cubic splines through ``inputs``, ``(n, 1, t)``: exact but for rounding."""
    return solve_forced(_tendency, settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far the increments are from the integrals, relative to the states, ``(n,)``; differentiable."""
    return residual_forced(_tendency, settings, specification, constants, states)


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what SciPy's DOP853 makes of ``inputs``, ``(n, 1, 1, t)``."""
    return second_opinion(lambda _, u: [u], 1, specification, inputs)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return nothing: a driven state keeps nothing."""
    return {}


def _tendency(state: Tensor, forcing: Tensor) -> Tensor:
    return forcing[:, None]
