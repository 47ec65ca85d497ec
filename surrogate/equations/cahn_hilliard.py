"""Cahn and Hilliard's mixture that unmixes: ``u_t = mobility (u^3 - u - stiffness u_xx)_xx`` on a period."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Run, refined, residual_periodic, solve_periodic
from surrogate.equations._line import Line, draw, growth, line_specification, mean_drift, second_line, slope
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.method_of_lines import difference
from surrogate.solvers.reaction_diffusion import solve_cahn_hilliard
from surrogate.spaces import DataSpec, Grid, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Line):
    """How fast the mixture moves, and the square of the width of an interface."""

    dimensions: ClassVar = 1
    block: ClassVar = 20
    tried_on: ClassVar = 128

    mobility: Annotated[float, Field(gt=0)]
    stiffness: Annotated[float, Field(gt=0)]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes.

    Raises:
        SettingsError: not one axis.
    """
    return line_specification(settings, points, task, ("concentration",), ("flip",))


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the concentrations that follow the starts ``inputs``, ``(n, 1, x)``, at the times of ``specification``.

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
        numbers = (settings.mobility, settings.stiffness, grid.lengths[0])
        return solve_cahn_hilliard(start[:, 0], *numbers, clock)[:, :, None]

    return run


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and Lawson's Runge-Kutta steps make of ``inputs``, ``(n, t, 1, x)``."""
    return second_line(
        lambda derivative: -settings.mobility * (derivative(2) + settings.stiffness * derivative(4)),
        lambda u, spacing: settings.mobility * difference(u**3, 2, spacing, axis=0),
        settings,
        specification,
        inputs,
        settings.steps,
    )


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the mass drifts and by how much the free energy grows, relative, ``(n,)``."""
    surface = settings.stiffness * slope(states, specification).square()
    energy = (surface / 2 + (states.square() - 1).square() / 4).mean((2, 3))
    return {"mass": mean_drift(states), "growth of the free energy": growth(energy)}
