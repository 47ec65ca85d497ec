"""Shallow water on a flat bed with two axes: waves that break, and no friction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate import registry
from surrogate.equations._conservation import (
    Flow,
    balances,
    flow_specification,
    positivity,
    refined,
    residual_flow,
    second_flow,
    solve_flow,
)
from surrogate.equations._equation import Solved
from surrogate.solvers.shallow_water import ShallowWater
from surrogate.solvers.splitting import Fluid
from surrogate.spaces import DataSpec, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]

NAMES = ("height", "x_velocity", "y_velocity")
CONSERVED = ("mass", "x_momentum", "y_momentum")


class Equation(Flow):
    """A flow of water under ``gravity``, length per time squared."""

    dimensions: ClassVar = 2
    order: ClassVar = 0.5  # of the L2 error where jumps are: not measured, so with room
    block: ClassVar = 2
    tried_on: ClassVar = 32

    gravity: Annotated[float, Field(gt=0)]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return height and velocities on ``points`` cells along each axis.

    Raises:
        SettingsError: not two axes.
    """
    return flow_specification(settings, points, task, settings.dimensions, NAMES)


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, 3, x, y)``: water at rest, as high as the law says."""
    law = registry.SAMPLERS.module(settings.initial.name)
    start = np.zeros((len(indices), len(NAMES), *specification.grid.points))
    start[:, 0] = law.sample(settings.initial, specification.grid, seed, split, indices)
    return start


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the flows that follow the starts ``inputs``, ``(n, 3, x, y)``; see :func:`solve_flow`."""
    return solve_flow(_law(settings), settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far the frames ``states``, ``(n, t, 3, x, y)``, are from following each other."""
    return residual_flow(_law(settings), settings, specification, states)


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what another scheme makes of ``inputs`` on cells half as large, ``(n, t, 3, x, y)``."""
    return second_flow(Fluid(gravity=settings.gravity), settings, specification, inputs, 2 * settings.refine)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return by how much mass, momentum and the positive height fail, ``(n,)``; see :func:`balances`."""
    totals = balances(_law(settings), settings, specification, states, CONSERVED)
    return totals | {"positivity": positivity(states, (0,))}


def _law(settings: Equation) -> ShallowWater:
    return ShallowWater(settings.gravity, settings.dimensions)
