"""Darcy flow in a porous unit cube: ``-div(a grad u) = f``, ``u = 0`` on the boundary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from surrogate.equations._cells import OnCells
from surrogate.equations._equation import Array, Solved
from surrogate.equations._laws import Law, Positive, drawn
from surrogate.equations._steady import Steady
from surrogate.solvers.cell_means import average, spread
from surrogate.solvers.mixed_elements import mixed_elements
from surrogate.solvers.multigrid_3d import box_residual, solve_box
from surrogate.spaces import Split, Symmetry


class Equation(Steady, OnCells):
    """The law of the permeability, which names a sampler, and how it is solved.

    The coefficient is constant on the cells of the grid and solved on cells ``refine`` times smaller, to the relative
    residual ``tolerance``; the pressure is averaged back.
    """

    dimensions: ClassVar = 3
    order: ClassVar = 1.0
    block: ClassVar = 1
    tried_on: ClassVar = 12
    constants: ClassVar = ("permeability",)
    states: ClassVar = ("pressure",)

    permeability: Law
    forcing: Positive

    def symmetries(self) -> tuple[Symmetry, ...]:
        return ("flip", "transpose")

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        return drawn(self.permeability, self.grid, seed, split, indices)[:, None]

    def solve(self, inputs: Tensor) -> Solved:
        """Return the mean pressures of the cells that the permeabilities ``inputs``, ``(n, 1, x, y, z)``, allow.

        Raises:
            SolverError: a sample missed the tolerance; the message holds the residual reached.
        """
        fine = spread(inputs[:, 0], self.refine, self.dimensions)
        spacing = tuple(width / self.refine for width in self.grid.spacing)
        found = solve_box(fine, torch.full_like(fine, self.forcing), spacing, self.tolerance)
        return Solved(average(found[0], self.refine)[:, None, None], *found[1:])

    def residual(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return the residual of the discrete equation on the grid itself, in the relative H^-1 norm, ``(n,)``.

        ``constants`` is ``(n, 1, x, y, z)``, ``states`` ``(n, 1, 1, x, y, z)``; differentiable in both.
        """
        permeability = constants[:, 0]
        forcing = torch.full_like(permeability, self.forcing)
        return box_residual(permeability, states[:, 0, 0], forcing, self.grid.spacing)

    def reference(self, inputs: Array) -> Array:
        """Return what mixed elements, one to a cell of the grid, make of ``inputs``, ``(n, 1, x, y, z)``, as states."""
        found = [mixed_elements(cells, self.forcing, self.grid.spacing) for cells in inputs[:, 0]]
        return np.stack(found)[:, None, None]

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return by how much the pressure leaves its bounds, relative to the upper one, ``(n,)``.

        It is positive, and nowhere higher than in the middle of a ball of the same volume and the lowest permeability
        (Talenti 1976, Elliptic equations and rearrangements).
        """
        radius = (3 * float(np.prod(self.grid.lengths)) / (4 * np.pi)) ** (1 / 3)
        highest = self.forcing * radius**2 / (6 * constants.flatten(1).amin(1))
        pressure = states.flatten(1)
        return {
            "positive pressure": (-pressure.amin(1)).clamp(min=0) / highest,
            "highest pressure": (pressure.amax(1) - highest).clamp(min=0) / highest,
        }
