"""Swift-Hohenberg on a square: stripes and spots, ``u_t = drive u - (1 + Laplace)^2 u + asymmetry u^2 - u^3``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations._boxes import Started, box_specification, draw_fields, residual_box, solve_box
from surrogate.equations._energy import growth, laplacian_of
from surrogate.equations._evolution import Run, refined
from surrogate.equations._second import by_stiff_steps
from surrogate.equations._solved import Solved
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.reacting_fields import solve_reacting
from surrogate.spaces import DataSpec, Grid, Split, Task

__all__ = ["BLOCK", "DIMENSIONS", "ORDER", "Settings", "draw", "refined", "residual", "solve", "specification"]

DIMENSIONS = 2
ORDER = 2.0
BLOCK = 4
SMALL = 32


class Settings(Started):
    """``drive`` is the distance from the onset of the pattern; ``asymmetry`` prefers spots of one sign to stripes."""

    drive: float
    asymmetry: Annotated[float, Field(ge=0)]


def specification(settings: Settings, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes along each axis.

    Raises:
        SettingsError: not two axes.
    """
    return box_specification(settings, settings.length, points, task, DIMENSIONS, ("amplitude",))


def draw(
    settings: Settings, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, 1, x, y)``: the waves that the solver keeps."""
    return draw_fields(settings.initial, settings, specification, seed, split, indices)


def solve(settings: Settings, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the patterns that follow the starts ``inputs``, ``(n, 1, x, y)``, at the times of ``specification``.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    return solve_box(_run(settings), settings, specification, inputs)


def residual(settings: Settings, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from becoming the next, relative, ``(n,)``; differentiable in ``states``.

    ``constants`` is ``(n, 0, x, y)``, ``states`` ``(n, t, 1, x, y)``.
    """
    return residual_box(_run(settings), settings, specification, constants, states)


def _run(settings: Settings) -> Run:
    def linear(laplace: Tensor) -> Tensor:
        return settings.drive - (1 + laplace).square()

    def reaction(u: Tensor) -> Tensor:
        return (settings.asymmetry - u) * u.square()

    def run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_reacting(start, grid.lengths, clock, linear, reaction)

    return run


def second_method(settings: Settings, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and extrapolated implicit steps make of ``inputs``, ``(n, t, 1, x, y)``."""

    def symbol(laplace: NDArray[np.float64]) -> NDArray[np.float64]:
        return settings.drive - (1 + laplace) ** 2

    def reaction(u: NDArray[np.float64], spacing: Sequence[float]) -> NDArray[np.float64]:
        return settings.asymmetry * u**2 - u**3

    return by_stiff_steps(symbol, reaction, settings, specification, inputs, settings.steps)


def invariants(settings: Settings, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return by how much the free energy grows, ``(n,)``.

    It is the mean of ``((1 + Laplace) u)^2 / 2 - drive u^2 / 2 - asymmetry u^3 / 3 + u^4 / 4``.
    """
    bent = (states + laplacian_of(states, specification)).square() / 2
    local = states.square() * (states.square() / 4 - settings.asymmetry / 3 * states - settings.drive / 2)
    return {"growth of the free energy": growth((bent + local).flatten(2).mean(2))}
