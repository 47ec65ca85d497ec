"""Compressible flow in a tube: an ideal gas without friction, with shocks, contacts and fans."""

from __future__ import annotations

from typing import Annotated

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
from surrogate.equations._solved import Solved
from surrogate.solvers.euler import Euler
from surrogate.solvers.splitting import Fluid
from surrogate.spaces import DataSpec, Task

__all__ = ["BLOCK", "DIMENSIONS", "ORDER", "Settings", "draw", "refined", "residual", "solve", "specification"]

DIMENSIONS = 1
ORDER = 0.7  # of the L2 error where jumps are: measured, benchmarks/certificate_bounds.py
BLOCK = 10
SMALL = 64


class Settings(Flow):
    """A flow of an ideal gas with the ratio ``gamma`` of its specific heats."""

    gamma: Annotated[float, Field(gt=1)]


def specification(settings: Settings, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return density, velocity and pressure on ``points`` cells.

    Raises:
        SettingsError: not one axis.
    """
    return flow_specification(settings, points, task, DIMENSIONS, ("density", "velocity", "pressure"))


def solve(settings: Settings, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the flows that follow the starts ``inputs``, ``(n, 3, x)``; see :func:`solve_flow`."""
    return solve_flow(_law(settings), settings, specification, inputs)


def residual(settings: Settings, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far the frames ``states``, ``(n, t, 3, x)``, are from following each other; :func:`residual_flow`."""
    return residual_flow(_law(settings), settings, specification, states)


def second_method(settings: Settings, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what another scheme makes of ``inputs`` on cells half as large, ``(n, t, 3, x)``."""
    return second_flow(Fluid(gamma=settings.gamma), settings, specification, inputs, 2 * settings.refine)


def invariants(settings: Settings, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return by how much mass, momentum, energy and the positive fields fail, ``(n,)``; see :func:`balances`."""
    totals = balances(_law(settings), settings, specification, states, ("mass", "momentum", "energy"))
    return totals | {"positivity": positivity(states, (0, 2))}


def _law(settings: Settings) -> Euler:
    return Euler(settings.gamma, DIMENSIONS)
