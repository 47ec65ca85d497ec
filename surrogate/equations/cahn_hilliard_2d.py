"""Cahn-Hilliard on a periodic square: an alloy that parts, ``u_t = Laplace (u^3 - u - thickness^2 Laplace u)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations._boxes import Started, box_specification, draw_fields, residual_box, solve_box
from surrogate.equations._energy import drift, growth, laplacian_of
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Run, refined
from surrogate.equations._second import by_stiff_steps
from surrogate.solvers.box_differences import laplacian
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.reacting_fields import solve_reacting
from surrogate.spaces import DataSpec, Grid, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Started):
    """The thickness of the interfaces between ``u = -1`` and ``u = 1``, and the mean of the concentration ``u``."""

    dimensions: ClassVar = 2
    block: ClassVar = 4
    tried_on: ClassVar = 32

    thickness: Annotated[float, Field(gt=0)]
    mean: Annotated[float, Field(gt=-1, lt=1)]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes along each axis.

    Raises:
        SettingsError: not two axes.
    """
    return box_specification(settings, settings.length, points, task, settings.dimensions, ("concentration",))


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, 1, x, y)``: the waves that the solver keeps."""
    return settings.mean + draw_fields(settings.initial, settings, specification, seed, split, indices)


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the concentrations that follow the starts ``inputs``, ``(n, 1, x, y)``, at the times of ``specification``.

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
    square = settings.thickness**2

    def linear(laplace: Tensor) -> Tensor:
        # One Laplacian of u is taken to this side, so that what is left of u^3 - u is small in the pure phases.
        return laplace * (1 - square * laplace)

    def run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_reacting(start, grid.lengths, clock, linear, lambda u: u**3 - 2 * u, lambda laplace: laplace)

    return run


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and extrapolated implicit steps make of ``inputs``, ``(n, t, 1, x, y)``."""

    def symbol(laplace: NDArray[np.float64]) -> NDArray[np.float64]:
        return (2 - settings.thickness**2 * laplace) * laplace

    def reaction(u: NDArray[np.float64], spacing: Sequence[float]) -> NDArray[np.float64]:
        return laplacian(u**3 - 3 * u, spacing)

    return by_stiff_steps(symbol, reaction, settings, specification, inputs, settings.steps // 2)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the mass drifts, relative to the largest value, and how the free energy grows, ``(n,)``.

    The energy is the mean of ``thickness^2 |grad u|^2 / 2 + (u^2 - 1)^2 / 4``.
    """
    surface = -(settings.thickness**2) / 2 * states * laplacian_of(states, specification)
    energy = (surface + (states.square() - 1).square() / 4).flatten(2).mean(2)
    mass = states.flatten(2).mean(2)
    return {"mass": drift(mass, states.flatten(1).abs().amax(1)), "growth of the free energy": growth(energy)}
