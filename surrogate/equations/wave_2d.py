"""Waves of one speed in a square, ``u_tt = speed^2 Laplace u``: exact, mode by mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations._boxes import Started, Walls, box_specification, draw_fields, residual_box, solve_box
from surrogate.equations._energy import drift, laplacian_of
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Run, refined
from surrogate.equations._second import by_lines, sides_of
from surrogate.solvers.box_differences import laplacian
from surrogate.solvers.box_modes import solve_wave
from surrogate.solvers.etdrk4 import Clock
from surrogate.spaces import DataSpec, Grid, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Started):
    """The speed of the waves, and what the sides of the square are; ``initial`` draws the displacement, at rest.

    The sides are held (``dirichlet``), let go (``neumann``), or none at all (``periodic``).
    """

    dimensions: ClassVar = 2
    block: ClassVar = 8
    tried_on: ClassVar = 32

    speed: Annotated[float, Field(gt=0)]
    walls: Walls


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` along each axis: cells between walls, else periodic nodes.

    Raises:
        SettingsError: not two axes.
    """
    names = ("displacement", "velocity")
    return box_specification(settings, settings.length, points, task, settings.dimensions, names, settings.walls)


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, 2, x, y)``: the waves that the solver keeps."""
    displacement = draw_fields(settings.initial, settings, specification, seed, split, indices)
    return np.concatenate((displacement, np.zeros_like(displacement)), axis=1)


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return displacement and velocity after the starts ``inputs``, ``(n, 2, x, y)``, at the times of the frames.

    Raises:
        SolverError: the grid does not resolve a start; the message holds the error reached.
    """
    return solve_box(_run(settings), settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from becoming the next, relative, ``(n,)``; differentiable in ``states``.

    ``constants`` is ``(n, 0, x, y)``, ``states`` ``(n, t, 2, x, y)``.
    """
    return residual_box(_run(settings), settings, specification, constants, states)


def _run(settings: Equation) -> Run:
    def run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_wave(start, settings.speed, grid.lengths, clock)

    return run


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and SciPy's DOP853 make of ``inputs``, ``(n, t, 2, x, y)``."""

    def tendency(
        fields: NDArray[np.float64], constants: NDArray[np.float64], spacing: Sequence[float]
    ) -> NDArray[np.float64]:
        return np.stack((fields[1], settings.speed**2 * laplacian(fields[0], spacing, sides_of(specification))))

    return by_lines(tendency, settings, specification, inputs)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the energy drifts, the mean of ``v^2 + speed^2 |grad u|^2``, relative to itself, ``(n,)``."""
    u, v = states.unbind(2)
    energy = (v.square() - settings.speed**2 * u * laplacian_of(u, specification)).flatten(2).mean(2)
    return {"energy": drift(energy, energy[:, 0])}
