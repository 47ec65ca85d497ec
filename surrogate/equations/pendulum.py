"""A pendulum that is pushed, ``s'' = -stiffness sin s + u``, from rest."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
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
from surrogate.solvers.forced import Tendency
from surrogate.spaces import DataSpec, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Forced):
    """The law of the push, and the ``stiffness``: gravity over length."""

    dimensions: ClassVar = 1
    block: ClassVar = 100
    tried_on: ClassVar = 50

    stiffness: Annotated[float, Field(gt=0)]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` nodes of time.

    Raises:
        SettingsError: a task other than ``map``, or not one axis.
    """
    return forced_specification(settings, points, task, ["angle", "angular_velocity"])


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the angles and their rates that the cubic splines through ``inputs``, ``(n, 1, t)``, drive.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    return solve_forced(_tendency(settings), settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far the states are from following each other, relative to them, ``(n,)``; differentiable."""
    return residual_forced(_tendency(settings), settings, specification, constants, states)


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what SciPy's DOP853 makes of ``inputs``, ``(n, 1, 2, t)``."""
    return second_opinion(lambda s, u: [s[1], u - settings.stiffness * np.sin(s[0])], 2, specification, inputs)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return nothing: a driven pendulum keeps nothing."""
    return {}


def _tendency(settings: Equation) -> Tendency:
    def tendency(state: Tensor, forcing: Tensor) -> Tensor:
        return torch.stack((state[:, 1], forcing - settings.stiffness * torch.sin(state[:, 0])), dim=1)

    return tendency
