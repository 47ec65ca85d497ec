"""The solver of a recipe as a predictor, on its grid or a coarser one: what one has without learning.

Shapes: n samples, c input channels, k output channels, s... space.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from surrogate.capabilities import Capabilities
from surrogate.equations import Equation
from surrogate.errors import SettingsError
from surrogate.operators.resampling import double, resample
from surrogate.predictors.asking import ask_samples, roll_out_samples
from surrogate.predictors.predictor import Answered, Field, Samples, refused
from surrogate.predictors.rollout import roll_out
from surrogate.spaces import Grid, Problem, Space


@dataclass(frozen=True)
class ClassicalSolver:
    """The classical solver that made a data set, asked the question that the surrogate is asked.

    Attributes:
        equation: of the recipe, on the grid of the data; for a step, from one frame to the next.
        problem: the question.
        path: the folder of the data set whose recipe it is of, or where figures go.
        effort: the equation as it is solved where nothing else is said; None: as the recipe says.
        made: the folder of the data set, where that is not ``path``.
    """

    equation: Equation
    problem: Problem
    path: Path
    effort: Equation | None = None
    made: Path | None = None
    record: None = None
    data: None = None
    unverified: str = ""

    def __call__(
        self, fields: Tensor, equation: Equation | None = None, points: tuple[int, ...] | None = None
    ) -> Tensor:
        """Return the outputs (n, k, s...) for inputs (n, c, s...) in physical units and their type, solved in float64.

        With ``points`` the inputs are brought to that coarser grid, solved there, and the solution interpolated back.

        Raises:
            SolverError: a sample missed the tolerance.
            SettingsError: the equation refuses the settings or the grid.
        """
        if equation is None and self.effort is not None:
            equation, points = self.effort, self.effort.grid.points
        equation, spec, wide = equation or self.equation, self.equation.spec, fields.double()
        if points is None or points == spec.grid.points:
            return equation.solve(wide).states[:, -1].to(fields)
        coarse, periodic = equation.on(points, spec.task), spec.boundary.periodic
        solved = coarse.solve(coarsened(wide, coarse.grid, periodic)).states[:, -1]
        return refined(solved, spec.grid, periodic).to(fields)

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return f"the solver of {self.equation.name} that made {self.made or self.path}"

    @property
    def digest(self) -> str:
        """SHA-256 of its settings."""
        solved = self.effort or self.equation
        return hashlib.sha256(f"{solved.grid.points}{solved.model_dump_json()}".encode()).hexdigest()

    @property
    def surrogate(self) -> ClassicalSolver:
        """Itself: it can be asked for any inputs on its grid."""
        return self

    @property
    def capabilities(self) -> Capabilities:
        """What it can do: it is bound to its grid."""
        return Capabilities()

    @property
    def device(self) -> torch.device:
        """Where inputs are expected; it computes where they lie."""
        return torch.device("cpu")

    def accepts(self, *sources: Space, target: Space | None = None) -> str | None:
        """Return why it does not answer functions of these spaces, None where it does."""
        reason = refused(self.problem, self.capabilities, sources, target)
        return None if reason is None else reason.replace("this surrogate", self.kind)

    def at(self, fields: Tensor, points: Tensor) -> Tensor:
        """Refuse points: it solves on its grid.

        Raises:
            ValueError: always.
        """
        raise ValueError("a classical solver answers on its grid and not at points")

    def roll_out(self, fields: Tensor, problem: Problem, steps: int) -> Tensor:
        """Map inputs (b, c_in, s...) of ``problem`` to the states after 1 to ``steps`` steps, (b, t, c_out, s...)."""
        return roll_out(self, problem, fields, steps)

    def unlike(self, fields: Tensor) -> list[str]:
        """Return nothing, for each sample: it learned from none."""
        return [""] * len(fields)

    def answers(self, samples: Samples, batch_size: int) -> Answered:
        """Return what it makes of ``samples``, in blocks of its own.

        Raises:
            SolverError: a sample missed the tolerance.
        """
        return ask_samples(self.path, self, samples, self.equation.block)

    def rolled_out(self, samples: Samples, steps: int, batch_size: int) -> Field:
        """Return the states after 1 to ``steps`` steps from the first given, (n, t, c, s...)."""
        return roll_out_samples(self, samples, steps, self.equation.block)


def coarser_points(grid: Grid, factor: int) -> tuple[int, ...] | None:
    """Return the points of the grid with ``factor`` times the spacing, None where it has none."""
    points = []
    for n, where in zip(grid.points, grid.placement, strict=True):
        intervals = n - 1 if where == "nodes" else n
        if intervals % factor:
            return None
        points.append(intervals // factor + (where == "nodes"))
    return tuple(points) if min(points) >= 4 else None


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
