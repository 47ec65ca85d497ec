"""Compressible flow in a box with two axes: an ideal gas without friction, with shocks and layers that roll up."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations._conservation import (
    Flow,
    balances,
    draw,
    flow_specification,
    positivity,
    refined,
    residual_flow,
    second_flow,
    solve_flow,
)
from surrogate.equations._equation import Solved
from surrogate.solvers.euler import Euler
from surrogate.solvers.splitting import Fluid
from surrogate.spaces import DataSpec, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]

NAMES = ("density", "x_velocity", "y_velocity", "pressure")
CONSERVED = ("mass", "x_momentum", "y_momentum", "energy")


class Equation(Flow):
    """A flow of an ideal gas with the ratio ``gamma`` of its specific heats."""

    dimensions: ClassVar = 2
    order: ClassVar = 0.5  # of the L2 error where jumps are: not measured, so with room
    block: ClassVar = 2
    tried_on: ClassVar = 24

    gamma: Annotated[float, Field(gt=1)]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return density, velocities and pressure on ``points`` cells along each axis.

    Raises:
        SettingsError: not two axes.
    """
    return flow_specification(settings, points, task, settings.dimensions, NAMES)


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the flows that follow the starts ``inputs``, ``(n, 4, x, y)``; see :func:`solve_flow`."""
    return solve_flow(_law(settings), settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far the frames ``states``, ``(n, t, 4, x, y)``, are from following each other."""
    return residual_flow(_law(settings), settings, specification, states)


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what another scheme makes of ``inputs`` on cells half as large, ``(n, t, 4, x, y)``."""
    return second_flow(Fluid(gamma=settings.gamma), settings, specification, inputs, 2 * settings.refine)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return by how much mass, momentum, energy and the positive fields fail, ``(n,)``; see :func:`balances`."""
    totals = balances(_law(settings), settings, specification, states, CONSERVED)
    return totals | {"positivity": positivity(states, (0, 3))}


def _law(settings: Equation) -> Euler:
    return Euler(settings.gamma, settings.dimensions)
