"""The solver of a recipe on a coarser grid: what one has without learning, when one cannot wait for the fine one.

Shapes: n samples, c input channels, k output channels, s... space.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from surrogate.datasets.dataset import Dataset
from surrogate.equations import Equation, read_equation
from surrogate.errors import InputError, SettingsError
from surrogate.operators.resampling import double, resample
from surrogate.spaces import Grid, Problem


@dataclass(frozen=True)
class Solver:
    """The classical solver that made a data set, asked the question that the surrogate is asked.

    Attributes:
        equation: of the recipe, on the grid of the data; for a step, from one frame to the next.
    """

    equation: Equation

    def __call__(
        self, inputs: Tensor, equation: Equation | None = None, points: tuple[int, ...] | None = None
    ) -> Tensor:
        """Return the outputs (n, k, s...) for inputs (n, c, s...), all in float64 and physical units.

        With ``points`` the inputs are brought to that coarser grid, solved there, and the solution interpolated back.

        Raises:
            SolverError: a sample missed the tolerance.
            SettingsError: the equation refuses the settings or the grid.
        """
        equation, spec = equation or self.equation, self.equation.spec
        if points is None or points == spec.grid.points:
            return equation.solve(inputs).states[:, -1]
        coarse, periodic = equation.on(points, spec.task), spec.boundary.periodic
        solved = coarse.solve(coarsened(inputs, coarse.grid, periodic)).states[:, -1]
        return refined(solved, spec.grid, periodic)


def solver_of(data: Dataset, problem: Problem) -> Solver:
    """Return the solver that made ``data``, for the question of ``problem``: a map, or one step.

    Raises:
        InputError: the data have no recipe, or the problem takes more than the state and the constants.
    """
    if data.recipe is None:
        raise InputError(f"{data.path}: the data came from elsewhere, so the solver that made them is not known")
    if problem.history > 1 or problem.takes_lead:
        raise InputError("a surrogate of several frames or a lead time is not asked what the solver is asked")
    equation = read_equation(data.recipe["equation"]).bound(data.spec)
    if problem.task == "map":
        return Solver(equation)
    step = equation.one_step(data.spec.times[1] - data.spec.times[0])
    if step is None:
        raise InputError(f"{equation.name}: its solver has no single step to compare with")
    return Solver(step)


def coarser_points(grid: Grid, factor: int) -> tuple[int, ...] | None:
    """Return the points of the grid with ``factor`` times the spacing, None where it has none."""
    found = []
    for n, where in zip(grid.points, grid.placement, strict=True):
        intervals = n - 1 if where == "nodes" else n
        if intervals % factor:
            return None
        found.append(intervals // factor + (where == "nodes"))
    return tuple(found) if min(found) >= 4 else None


def coarsened(field: Tensor, grid: Grid, periodic: tuple[bool, ...]) -> Tensor:
    """Return ``field`` (n, c, s...) on the coarser ``grid``: means of cells, shared nodes, or the waves it can hold."""
    if all(periodic) and "cells" not in grid.placement:
        return _with_waves(field, grid.points)
    return resample(field, grid, periodic)


def refined(field: Tensor, grid: Grid, periodic: tuple[bool, ...]) -> Tensor:
    """Return ``field`` (n, k, s...) on the finer ``grid``: trigonometric where periodic, else of fourth order."""
    if all(periodic) and "cells" not in grid.placement:
        return _with_waves(field, grid.points)
    while field.shape[2] < grid.points[0]:
        field = double(field, grid, periodic)
    if tuple(field.shape[2:]) != grid.points:
        raise SettingsError(f"grid: {list(grid.points)} is not the coarser one doubled some times")
    return field


def _with_waves(field: Tensor, points: tuple[int, ...]) -> Tensor:
    """Return a periodic field with as many of its waves as both grids hold below their Nyquist waves."""
    for axis, n in enumerate(points, start=2):
        old = field.shape[axis]
        spectrum = torch.fft.rfft(field, dim=axis, norm="forward").narrow(axis, 0, (min(old, n) + 1) // 2)
        field = torch.fft.irfft(spectrum, n=n, dim=axis, norm="forward")
    return field
