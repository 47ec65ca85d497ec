"""A profile that only moves: ``u_t + speed u_x = 0`` on a period."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Run, refined, residual_periodic, solve_periodic
from surrogate.equations._line import Line, draw, drift, line_specification, second_line
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.linear_waves import solve_advection
from surrogate.spaces import DataSpec, Grid, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Line):
    """How fast the profile moves, in which direction."""

    dimensions: ClassVar = 1
    order: ClassVar = 1.0
    block: ClassVar = 20
    tried_on: ClassVar = 64

    speed: float


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes.

    Raises:
        SettingsError: not one axis.
    """
    return line_specification(settings, points, task, ("density",))


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the densities that follow the starts ``inputs``, ``(n, 1, x)``, at the times of ``specification``.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    return solve_periodic(_run(settings), settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from becoming the next, relative, ``(n,)``; differentiable in ``states``.

    ``constants`` is ``(n, 0, x)``, ``states`` ``(n, t, 1, x)``.
    """
    return residual_periodic(_run(settings), settings, specification, constants, states)


def _run(settings: Equation) -> Run:
    def run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_advection(start[:, 0], settings.speed, grid.lengths[0], clock)[:, :, None]

    return run


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and Lawson's Runge-Kutta steps make of ``inputs``, ``(n, t, 1, x)``."""
    return second_line(
        lambda derivative: -settings.speed * derivative(1),
        lambda u, _: np.zeros_like(u),
        settings,
        specification,
        inputs,
        1,
    )


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the mass and the square drift, relative to the root mean square and its square, ``(n,)``."""
    square = states.square().mean((2, 3))
    return {"mass": drift(states.mean((2, 3)), square[:, 0].sqrt()), "square": drift(square, square[:, 0])}
