"""Shallow water in a canal with a flat bed: waves that break, and no friction."""

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
from surrogate.solvers.shallow_water import ShallowWater
from surrogate.solvers.splitting import Fluid
from surrogate.spaces import DataSpec, Task

__all__ = ["BLOCK", "DIMENSIONS", "ORDER", "Settings", "draw", "refined", "residual", "solve", "specification"]

DIMENSIONS = 1
ORDER = 0.7  # of the L2 error where jumps are: measured, benchmarks/certificate_bounds.py
BLOCK = 10
SMALL = 64
NAMES = ("height", "velocity")
CONSERVED = ("mass", "momentum")


class Settings(Flow):
    """A flow of water under ``gravity``, length per time squared."""

    gravity: Annotated[float, Field(gt=0)]


def specification(settings: Settings, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return height and velocity on ``points`` cells.

    Raises:
        SettingsError: not one axis.
    """
    return flow_specification(settings, points, task, DIMENSIONS, NAMES)


def solve(settings: Settings, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the flows that follow the starts ``inputs``, ``(n, 2, x)``; see :func:`solve_flow`."""
    return solve_flow(_law(settings), settings, specification, inputs)


def residual(settings: Settings, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far the frames ``states``, ``(n, t, 2, x)``, are from following each other; :func:`residual_flow`."""
    return residual_flow(_law(settings), settings, specification, states)


def second_method(settings: Settings, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what another scheme makes of ``inputs`` on cells half as large, ``(n, t, 2, x)``."""
    return second_flow(Fluid(gravity=settings.gravity), settings, specification, inputs, 2 * settings.refine)


def invariants(settings: Settings, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return by how much mass, momentum and the positive height fail, ``(n,)``; see :func:`balances`."""
    totals = balances(_law(settings), settings, specification, states, CONSERVED)
    return totals | {"positivity": positivity(states, (0,))}


def _law(settings: Settings) -> ShallowWater:
    return ShallowWater(settings.gravity, DIMENSIONS)
