"""Allen and Cahn's phases that part: ``u_t = diffusivity u_xx + reaction (u - u^3)`` on a line."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations._boxes import residual_box, solve_box
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Run, refined
from surrogate.equations._line import Line, draw, excess, growth, line_specification, second_line, slope
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.reaction_diffusion import solve_allen_cahn
from surrogate.spaces import DataSpec, Grid, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Line):
    """How fast the phase spreads, how fast it goes to 1 or -1, and the ends of the line.

    Nothing flows through ``neumann`` walls; ``dirichlet`` ones hold the phase at zero.
    """

    dimensions: ClassVar = 1
    block: ClassVar = 20
    tried_on: ClassVar = 256

    diffusivity: Annotated[float, Field(gt=0)]
    reaction: Annotated[float, Field(gt=0)]
    walls: Literal["periodic", "neumann", "dirichlet"]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes, or cells between walls.

    Raises:
        SettingsError: not one axis.
    """
    return line_specification(settings, points, task, ("phase",), ("flip",), settings.walls)


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the phases that follow the starts ``inputs``, ``(n, 1, x)``, at the times of ``specification``.

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
        return solve_allen_cahn(start[:, 0], *numbers, clock)[:, :, None]

    return run


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and Lawson's Runge-Kutta steps make of ``inputs``, ``(n, t, 1, x)``."""
    return second_line(
        lambda derivative: settings.diffusivity * derivative(2),
        lambda u, _: settings.reaction * (u - u**3),
        settings,
        specification,
        inputs,
        settings.steps,
    )


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return by how much the free energy grows and the phase leaves its bounds, relative, ``(n,)``."""
    surface = settings.diffusivity * slope(states, specification).square()
    energy = (surface / 2 + settings.reaction / 4 * (states.square() - 1).square()).mean((2, 3))
    return {"growth of the free energy": growth(energy), "maximum principle": excess(states, -1.0, 1.0)}
