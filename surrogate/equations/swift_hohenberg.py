"""Swift-Hohenberg on a square: stripes and spots, ``u_t = drive u - (1 + Laplace)^2 u + asymmetry u^2 - u^3``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations._boxes import Started, box_specification, draw_fields, residual_box, solve_box
from surrogate.equations._energy import growth, laplacian_of
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Run, refined
from surrogate.equations._second import by_stiff_steps
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.reacting_fields import solve_reacting
from surrogate.spaces import DataSpec, Grid, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Started):
    """``drive`` is the distance from the onset of the pattern; ``asymmetry`` prefers spots of one sign to stripes."""

    dimensions: ClassVar = 2
    block: ClassVar = 4
    tried_on: ClassVar = 32

    drive: float
    asymmetry: Annotated[float, Field(ge=0)]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes along each axis.

    Raises:
        SettingsError: not two axes.
    """
    return box_specification(settings, settings.length, points, task, settings.dimensions, ("amplitude",))


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, 1, x, y)``: the waves that the solver keeps."""
    return draw_fields(settings.initial, settings, specification, seed, split, indices)


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the patterns that follow the starts ``inputs``, ``(n, 1, x, y)``, at the times of ``specification``.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    return solve_box(_run(settings), settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from becoming the next, relative, ``(n,)``; differentiable in ``states``.

    ``constants`` is ``(n, 0, x, y)``, ``states`` ``(n, t, 1, x, y)``.
    """
    return residual_box(_run(settings), settings, specification, constants, states)


def _run(settings: Equation) -> Run:
    def linear(laplace: Tensor) -> Tensor:
        return settings.drive - (1 + laplace).square()

    def reaction(u: Tensor) -> Tensor:
        return (settings.asymmetry - u) * u.square()

    def run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_reacting(start, grid.lengths, clock, linear, reaction)

    return run


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and extrapolated implicit steps make of ``inputs``, ``(n, t, 1, x, y)``."""

    def symbol(laplace: NDArray[np.float64]) -> NDArray[np.float64]:
        return settings.drive - (1 + laplace) ** 2

    def reaction(u: NDArray[np.float64], spacing: Sequence[float]) -> NDArray[np.float64]:
        return settings.asymmetry * u**2 - u**3

    return by_stiff_steps(symbol, reaction, settings, specification, inputs, settings.steps)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return by how much the free energy grows, ``(n,)``.

    It is the mean of ``((1 + Laplace) u)^2 / 2 - drive u^2 / 2 - asymmetry u^3 / 3 + u^4 / 4``.
    """
    bent = (states + laplacian_of(states, specification)).square() / 2
    local = states.square() * (states.square() / 4 - settings.asymmetry / 3 * states - settings.drive / 2)
    return {"growth of the free energy": growth((bent + local).flatten(2).mean(2))}
