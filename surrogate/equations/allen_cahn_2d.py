"""Allen-Cahn on a periodic square: two phases that part, ``u_t = thickness^2 Laplace u + u - u^3``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations._boxes import Started, box_specification, draw_fields, residual_box, solve_box
from surrogate.equations._energy import excess, growth, laplacian_of
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Run, refined
from surrogate.equations._second import by_lines
from surrogate.solvers.box_differences import laplacian
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.reacting_fields import solve_reacting
from surrogate.spaces import DataSpec, Grid, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Started):
    """The thickness of the interfaces between the phases ``u = -1`` and ``u = 1``."""

    dimensions: ClassVar = 2
    block: ClassVar = 4
    tried_on: ClassVar = 32

    thickness: Annotated[float, Field(gt=0)]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes along each axis.

    Raises:
        SettingsError: not two axes.
    """
    return box_specification(settings, settings.length, points, task, settings.dimensions, ("phase",))


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, 1, x, y)``: the waves that the solver keeps."""
    return draw_fields(settings.initial, settings, specification, seed, split, indices)


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the phases that follow the starts ``inputs``, ``(n, 1, x, y)``, at the times of ``specification``.

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
    diffusion = settings.thickness**2

    def run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_reacting(start, grid.lengths, clock, lambda laplace: 1 + diffusion * laplace, lambda u: -(u**3))

    return run


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and SciPy's DOP853 make of ``inputs``, ``(n, t, 1, x, y)``."""

    def tendency(
        fields: NDArray[np.float64], constants: NDArray[np.float64], spacing: Sequence[float]
    ) -> NDArray[np.float64]:
        return settings.thickness**2 * laplacian(fields, spacing) + fields - fields**3

    return by_lines(tendency, settings, specification, inputs)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return by how much the free energy grows and the phase leaves its bounds, ``(n,)``.

    The energy is the mean of ``thickness^2 |grad u|^2 / 2 + (u^2 - 1)^2 / 4``; ``|u|`` stays below 1, or its start.
    """
    surface = -(settings.thickness**2) / 2 * states * laplacian_of(states, specification)
    energy = (surface + (states.square() - 1).square() / 4).flatten(2).mean(2)
    return {"growth of the free energy": growth(energy), "maximum principle": excess(states, 1.0)}
