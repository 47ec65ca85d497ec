"""Darcy flow: the steady pressure in a porous unit square, ``-div(a grad u) = f``, ``u = 0`` on the boundary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from surrogate.equations._cells import OnCells, refinement
from surrogate.equations._equation import Array, Solved
from surrogate.equations._laws import Law, Positive, drawn
from surrogate.equations._steady import Steady
from surrogate.errors import SettingsError
from surrogate.samplers._random_field import RandomField
from surrogate.solvers.black_box_multigrid import solve_stencil
from surrogate.solvers.cell_means import average, spread
from surrogate.solvers.darcy import darcy_residual, solve_darcy
from surrogate.solvers.darcy_papers import fno_pressures, pdebench_stencil
from surrogate.solvers.dirichlet_problem import DirichletProblem
from surrogate.solvers.mixed_elements import mixed_elements
from surrogate.spaces import Split, Symmetry


class Equation(Steady, OnCells):
    """The law of the permeability, and how it is solved.

    ``permeability`` names a sampler. The coefficient is constant on the cells of the grid and solved on cells
    ``refine`` times smaller, at least ``resolution`` along each axis, to the relative residual ``tolerance``; the
    pressure is averaged back. ``match`` solves on the grid itself as a published data set does instead.
    """

    dimensions: ClassVar = 2
    order: ClassVar = 1.0
    block: ClassVar = 4
    has_linear_problem: ClassVar = True
    # Of labels on 16 x 16 cells, whose own equation cannot hold what the smaller cells of the solver do.
    labels_leave: ClassVar = 0.2
    constants: ClassVar = ("permeability",)
    states: ClassVar = ("pressure",)

    permeability: Law
    forcing: Positive
    resolution: Annotated[int, Field(ge=1)]
    match: Literal["fno", "pdebench"] | None

    @property
    def fineness(self) -> int:
        return max(self.refine, refinement(self.grid.points, self.resolution))

    def as_fine_as(self, factor: int) -> Self:
        return self.model_copy(update={"refine": factor, "resolution": 1})

    @property
    def matched(self) -> str | None:
        return self.match

    def unmatched(self) -> Self:
        return self.model_copy(update={"match": None})

    def symmetries(self) -> tuple[Symmetry, ...]:
        return self.permeability.symmetries if isinstance(self.permeability, RandomField) else ()

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        return drawn(self.permeability, self.grid, seed, split, indices)[:, None]

    def solve(self, inputs: Tensor) -> Solved:
        """Return the pressures that the permeabilities ``inputs``, ``(n, 1, x, y)``, allow.

        The pressure of a cell is its mean over it. ``residual`` is that of the linear system on the smaller cells.

        Raises:
            SettingsError: the script of the FNO authors on a grid that is not square.
            SolverError: a sample missed the tolerance; the message holds the residual reached.
        """
        permeability, (x, y) = inputs[:, 0], self.grid.spacing
        if self.match == "fno":
            return self._as_fno(permeability)
        if self.match == "pdebench":
            right = torch.full_like(permeability, self.forcing * x * y)
            solved = solve_stencil(pdebench_stencil(permeability, (x, y)), right, self.tolerance)
            return Solved(solved[0][:, None, None], *solved[1:])
        refine = self.fineness
        cells = spread(permeability, refine, self.dimensions)
        forcing = torch.full_like(cells, self.forcing)
        pressure, residual, iterations = solve_darcy(cells, forcing, (x / refine, y / refine), self.tolerance)
        return Solved(average(pressure, refine)[:, None, None], residual, iterations)

    def _as_fno(self, permeability: Tensor) -> Solved:
        n, m = self.grid.points
        if n != m:
            raise SettingsError(f"grid: match=fno needs equal axes, got {[n, m]}")
        direct = permeability.new_full((len(permeability),), torch.finfo(permeability.dtype).eps)
        iterations = torch.ones(len(permeability), dtype=torch.int64, device=permeability.device)
        return Solved(fno_pressures(permeability, self.forcing)[:, None, None], direct, iterations)

    def refined(self, space: int, time: int) -> Self:
        """Return the equation on cells ``space`` times smaller; what refines a paper's own is the equation itself."""
        match = self.match if space == 1 else None
        return self.model_copy(update={"refine": space * self.fineness, "match": match})

    def residual(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return the residual of the discrete equation on the grid itself, in the relative H^-1 norm, ``(n,)``.

        ``constants`` is ``(n, 1, x, y)``, ``states`` ``(n, 1, 1, x, y)``; differentiable in both. Solutions made with
        ``refine = 1`` leave rounding; those made with more leave what the grid cannot resolve.
        """
        x, y = self.grid.spacing
        permeability = constants[:, 0]
        return darcy_residual(permeability, states[:, 0, 0], torch.full_like(permeability, self.forcing), (x, y))

    def linear_problem(self, constants: Tensor, refine: int) -> DirichletProblem:
        """Return the equation on cells ``refine`` times smaller than the grid's, for ``constants`` ``(n, 1, x, y)``.

        Raises:
            SettingsError: the data are those of a published script, which solves another system.
        """
        if self.match is not None:
            raise SettingsError(f"match={self.match}: the data solve the system of a published script; expected null")
        cells = spread(constants[:, 0], refine, self.dimensions)
        n, m = (width / refine for width in self.grid.spacing)
        zero_x, zero_y = cells.new_zeros(len(cells), cells.shape[2]), cells.new_zeros(len(cells), cells.shape[1])
        forcing = torch.full_like(cells, self.forcing)
        return DirichletProblem(cells, forcing, (zero_x, zero_x, zero_y, zero_y), 0.0, (n, m))

    def reference(self, inputs: Array) -> Array:
        """Return what mixed elements make of the permeabilities ``inputs``, ``(n, 1, x, y)``, as states.

        On cells twice as wide as those of the solver they are as accurate, and err to the same side as harmonic means:
        labels made with arithmetic means, which err to the other, are far from both.
        """
        refine = max(1, self.fineness // 2)
        n, m = self.grid.points
        x, y = self.grid.spacing
        means = []
        for cells in inputs[:, 0]:
            fine = mixed_elements(np.kron(cells, np.ones((refine, refine))), self.forcing, (x / refine, y / refine))
            means.append(fine.reshape(n, refine, m, refine).mean((1, 3)))
        return np.stack(means)[:, None, None]

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return by how much the pressure leaves its bounds, relative to the upper one, ``(n,)``.

        It is positive, and nowhere higher than in the middle of a disc of the same area and the lowest permeability
        (Talenti 1976, Elliptic equations and rearrangements).
        """
        area = float(np.prod(self.grid.lengths))
        highest = self.forcing * area / (4 * torch.pi * constants.amin((1, 2, 3)))
        return {
            "positive pressure": (-states.amin((1, 2, 3, 4))).clamp(min=0) / highest,
            "highest pressure": (states.amax((1, 2, 3, 4)) - highest).clamp(min=0) / highest,
        }
