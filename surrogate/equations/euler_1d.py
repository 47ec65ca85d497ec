"""Compressible flow in a tube: an ideal gas without friction, with shocks, contacts and fans."""

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


class Equation(Flow):
    """A flow of an ideal gas with the ratio ``gamma`` of its specific heats."""

    dimensions: ClassVar = 1
    order: ClassVar = 0.7  # of the L2 error where jumps are: measured, benchmarks/certificate_bounds.py
    block: ClassVar = 10
    tried_on: ClassVar = 64

    gamma: Annotated[float, Field(gt=1)]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return density, velocity and pressure on ``points`` cells.

    Raises:
        SettingsError: not one axis.
    """
    return flow_specification(settings, points, task, settings.dimensions, ("density", "velocity", "pressure"))


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the flows that follow the starts ``inputs``, ``(n, 3, x)``; see :func:`solve_flow`."""
    return solve_flow(_law(settings), settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far the frames ``states``, ``(n, t, 3, x)``, are from following each other; :func:`residual_flow`."""
    return residual_flow(_law(settings), settings, specification, states)


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what another scheme makes of ``inputs`` on cells half as large, ``(n, t, 3, x)``."""
    return second_flow(Fluid(gamma=settings.gamma), settings, specification, inputs, 2 * settings.refine)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return by how much mass, momentum, energy and the positive fields fail, ``(n,)``; see :func:`balances`."""
    totals = balances(_law(settings), settings, specification, states, ("mass", "momentum", "energy"))
    return totals | {"positivity": positivity(states, (0, 2))}


def _law(settings: Equation) -> Euler:
    return Euler(settings.gamma, settings.dimensions)
