"""Darcy flow: the steady pressure in a porous unit square, ``-div(a grad u) = f``, ``u = 0`` on the boundary."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

import torch
from pydantic import Field
from torch import Tensor

from surrogate.equations._equation import Solved
from surrogate.equations._fineness import refinement
from surrogate.equations._porous import PorousFlow
from surrogate.equations._steady import LinearSteady
from surrogate.errors import SettingsError
from surrogate.samplers._random_field import RandomField
from surrogate.solvers.black_box_multigrid import solve_stencil
from surrogate.solvers.cell_means import spread
from surrogate.solvers.darcy import darcy_residual, solve_darcy
from surrogate.solvers.darcy_papers import fno_pressures, pdebench_stencil
from surrogate.solvers.dirichlet_problem import DirichletProblem
from surrogate.spaces import Symmetry


class Equation(PorousFlow, LinearSteady):
    """The law of the permeability, and how it is solved: on at least ``resolution`` cells along each axis.

    ``match`` solves on the grid itself as a published data set does instead.
    """

    dimensions: ClassVar = 2
    block: ClassVar = 4
    # Of labels on 16 x 16 cells, whose own equation cannot hold what the smaller cells of the solver do.
    labels_leave: ClassVar = 0.2

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

    def kept_by(self) -> tuple[Symmetry, ...]:
        return self.permeability.symmetries if isinstance(self.permeability, RandomField) else ()

    def solve(self, inputs: Tensor) -> Solved:
        """Return the mean pressures of the cells that the permeabilities ``inputs``, ``(n, 1, x, y)``, allow.

        Raises:
            SettingsError: the script of the FNO authors on a grid that is not square.
            SolverError: a sample missed the tolerance; the message holds the residual reached.
        """
        if self.match is None:
            return super().solve(inputs)
        permeability, (x, y) = inputs[:, 0], self.grid.spacing
        if self.match == "fno":
            return self._as_fno(permeability)
        right = torch.full_like(permeability, self.forcing * x * y)
        solved = solve_stencil(pdebench_stencil(permeability, (x, y)), right, self.tolerance)
        return Solved(solved[0][:, None, None], *solved[1:])

    def pressure(self, permeability: Tensor, spacing: tuple[float, ...]) -> tuple[Tensor, Tensor, Tensor]:
        x, y = spacing
        return solve_darcy(permeability, self.forced(permeability), (x, y), self.tolerance)

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

        Solutions made with ``refine = 1`` leave rounding, those made with more what the grid cannot resolve.
        """
        x, y = self.grid.spacing
        permeability = constants[:, 0]
        return darcy_residual(permeability, states[:, 0, 0], self.forced(permeability), (x, y))

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
        return DirichletProblem(cells, self.forced(cells), (zero_x, zero_x, zero_y, zero_y), 0.0, (n, m))

    def fine_reference(self) -> int:
        """Return half as many cells as the solver takes.

        There mixed elements are as accurate, and err to the same side as harmonic means: labels made with arithmetic
        means, which err to the other, are far from both.
        """
        return max(1, self.fineness // 2)
