"""Heat that spreads evenly in a box of any dimension, ``u_t = diffusivity Laplace u``: exact, mode by mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations._boxes import Started, Walls, draw_fields, residual_box, solve_box
from surrogate.equations._energy import drift, growth
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Run
from surrogate.equations._second import by_lines, sides_of
from surrogate.solvers.box_differences import laplacian
from surrogate.solvers.box_modes import solve_heat
from surrogate.solvers.etdrk4 import Clock
from surrogate.spaces import DataSpec, Grid, Split


class Heat(Started):
    """How fast heat spreads, and what the sides of the box are.

    They are insulated (``neumann``), held at zero (``dirichlet``), or none at all (``periodic``).
    """

    diffusivity: Annotated[float, Field(gt=0)]
    walls: Walls


def draw(
    settings: Heat, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, 1, s...)``: the waves that the solver keeps."""
    return draw_fields(settings.initial, settings, specification, seed, split, indices)


def solve(settings: Heat, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the temperatures that follow the starts ``inputs``, ``(n, 1, s...)``, at the times of ``specification``.

    Raises:
        SolverError: the grid does not resolve a start; the message holds the error reached.
    """
    return solve_box(_run(settings), settings, specification, inputs)


def residual(settings: Heat, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from becoming the next, relative, ``(n,)``; differentiable in ``states``.

    ``constants`` is ``(n, 0, s...)``, ``states`` ``(n, t, 1, s...)``.
    """
    return residual_box(_run(settings), settings, specification, constants, states)


def _run(settings: Heat) -> Run:
    def run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_heat(start[:, 0], settings.diffusivity, grid.lengths, clock)[:, :, None]

    return run


def second_method(settings: Heat, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and SciPy's DOP853 make of ``inputs``, ``(n, t, 1, s...)``."""

    def tendency(
        fields: NDArray[np.float64], constants: NDArray[np.float64], spacing: Sequence[float]
    ) -> NDArray[np.float64]:
        return settings.diffusivity * laplacian(fields, spacing, sides_of(specification))

    return by_lines(tendency, settings, specification, inputs)


def invariants(settings: Heat, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the heat drifts, relative to the largest temperature, and how its square grows, ``(n,)``."""
    square = {"growth of the mean square": growth(states.square().flatten(2).mean(2))}
    if settings.walls == "dirichlet":
        return square
    return {"heat": drift(states.flatten(2).mean(2), states[:, 0].flatten(1).abs().amax(1))} | square
