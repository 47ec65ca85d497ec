"""Darcy flow in a porous unit cube: ``-div(a grad u) = f``, ``u = 0`` on the boundary."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from surrogate.equations._porous import PorousFlow
from surrogate.solvers.multigrid_3d import box_residual, solve_box


class Equation(PorousFlow):
    """The law of the permeability, and how it is solved."""

    dimensions: ClassVar = 3
    symmetries: ClassVar = ("flip", "transpose")
    block: ClassVar = 1
    tried_on: ClassVar = 12

    def pressure(self, permeability: Tensor, spacing: tuple[float, ...]) -> tuple[Tensor, Tensor, Tensor]:
        return solve_box(permeability, self.forced(permeability), spacing, self.tolerance)

    def residual(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return the residual of the discrete equation on the grid itself, in the relative H^-1 norm, ``(n,)``."""
        permeability = constants[:, 0]
        return box_residual(permeability, states[:, 0, 0], self.forced(permeability), self.grid.spacing)
