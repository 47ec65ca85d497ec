"""Fisher's density that spreads and grows: ``u_t = diffusivity u_xx + reaction u (1 - u)`` on a line."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations._boxes import residual_box, solve_box
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Run, refined
from surrogate.equations._line import Line, draw, excess, line_specification, second_line
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.reaction_diffusion import solve_fisher
from surrogate.spaces import DataSpec, Grid, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Line):
    """How fast the density spreads and grows; nothing flows through ``neumann`` walls."""

    dimensions: ClassVar = 1
    block: ClassVar = 20
    tried_on: ClassVar = 128

    diffusivity: Annotated[float, Field(gt=0)]
    reaction: Annotated[float, Field(gt=0)]
    walls: Literal["periodic", "neumann"]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes, or cells between walls.

    Raises:
        SettingsError: not one axis.
    """
    return line_specification(settings, points, task, ("density",), ("flip",), settings.walls)


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the densities that follow the starts ``inputs``, ``(n, 1, x)``, at the times of ``specification``.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    return solve_box(_run(settings), settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from becoming the next, relative, ``(n,)``; differentiable in ``states``.

    ``constants`` is ``(n, 0, x)``, ``states`` ``(n, t, 1, x)``.
    """
    return residual_box(_run(settings), settings, specification, constants, states)


def _run(settings: Equation) -> Run:
    def run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        numbers = (settings.diffusivity, settings.reaction, grid.lengths[0])
        return solve_fisher(start[:, 0], *numbers, clock)[:, :, None]

    return run


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and Lawson's Runge-Kutta steps make of ``inputs``, ``(n, t, 1, x)``."""
    return second_line(
        lambda derivative: settings.diffusivity * derivative(2),
        lambda u, _: settings.reaction * (u - u**2),
        settings,
        specification,
        inputs,
        settings.steps,
    )


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return by how much the density leaves the range of 0, 1 and its start, relative, ``(n,)``."""
    return {"maximum principle": excess(states, 0.0, 1.0)}
