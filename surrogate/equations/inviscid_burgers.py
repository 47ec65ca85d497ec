"""Burgers flow without viscosity: a velocity that carries itself until it breaks, ``u_t + (u^2 / 2)_x = 0``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from surrogate import registry
from surrogate.equations._conservation import (
    Flow,
    balances,
    flow_specification,
    refined,
    residual_flow,
    solve_flow,
)
from surrogate.equations._equation import Solved
from surrogate.errors import SettingsError
from surrogate.solvers.inviscid_burgers import InviscidBurgers
from surrogate.solvers.riemann import burgers_means
from surrogate.spaces import DataSpec, Grid, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Flow):
    """A flow on a period; ``initial`` names a sampler of scalar fields."""

    dimensions: ClassVar = 1
    order: ClassVar = 0.5  # of the L2 error: a start of many small jumps is far from its limit; measured
    block: ClassVar = 20
    tried_on: ClassVar = 64


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the velocity on ``points`` periodic cells.

    Raises:
        SettingsError: not one axis, or sides that are not periodic.
    """
    if settings.sides != (("periodic", "periodic"),):
        raise SettingsError(f"equation.sides: inviscid_burgers is periodic, got {settings.sides}")
    return flow_specification(settings, points, task, settings.dimensions, ("velocity",))


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices`` at the centres of the cells, ``(n, 1, x)``.

    Periodic laws are drawn on the left ends of cells half as large, of which every other one is such a centre.
    """
    cells = specification.grid
    halves = Grid.box((2 * cells.points[0],), "left", cells.lengths[0], cells.origin[0])
    law = registry.SAMPLERS.module(settings.initial.name)
    start: NDArray[np.float64] = law.sample(settings.initial, halves, seed, split, indices)
    return start[:, None, 1::2]


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the flows that follow the starts ``inputs``, ``(n, 1, x)``; see :func:`solve_flow`."""
    return solve_flow(InviscidBurgers(), settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far the frames ``states``, ``(n, t, 1, x)``, are from following each other; :func:`residual_flow`."""
    return residual_flow(InviscidBurgers(), settings, specification, states)


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the exact means over the cells, ``(n, t, 1, x)``: the formula of Hopf, without any approximation."""
    length = settings.length
    later = [[burgers_means(start[0], length, time)[None] for time in settings.times[1:]] for start in inputs]
    return np.concatenate((inputs[:, None], np.array(later)), axis=1)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the momentum drifts and the velocity leaves the bounds of its start, relative, ``(n,)``."""
    start = states[:, 0].flatten(1)
    high, low = states.flatten(1).amax(1) - start.amax(1), start.amin(1) - states.flatten(1).amin(1)
    beyond = high.clamp(min=0) + low.clamp(min=0)
    totals = balances(InviscidBurgers(), settings, specification, states, ("momentum",))
    return totals | {"maximum principle": beyond / start.abs().amax(1)}
