"""Flow through a porous box, ``-div(a grad u) = f``, ``u = 0`` on the walls, ``a`` constant on cells."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from surrogate.equations._bounds import centre_of_ball
from surrogate.equations._equation import Array, Law, Positive, Solved, drawn
from surrogate.equations._fineness import OnCells
from surrogate.equations._steady import Steady
from surrogate.equations._variational import Variational
from surrogate.solvers.cell_means import average, spread
from surrogate.solvers.flow_energy import flow_energy
from surrogate.solvers.mixed_elements import mixed_elements
from surrogate.spaces import Split


class PorousFlow(Steady, OnCells, Variational):
    """The law of the permeability, which names a sampler, and the forcing.

    The permeability is constant on the cells of the grid and solved on cells ``refine`` times smaller, to the relative
    residual ``tolerance``; the pressure is averaged back.
    """

    order: ClassVar = 1.0
    constants: ClassVar = ("permeability",)
    positive: ClassVar = ("permeability",)
    states: ClassVar = ("pressure",)

    permeability: Law
    forcing: Positive

    @abstractmethod
    def pressure(self, permeability: Tensor, spacing: tuple[float, ...]) -> tuple[Tensor, Tensor, Tensor]:
        """Return the pressures in cells of widths ``spacing``, residuals and iterations.

        Raises:
            SolverError: a sample missed the tolerance; the message holds the residual reached.
        """

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        return drawn(self.permeability, self.grid, seed, split, indices)[:, None]

    def solve(self, inputs: Tensor) -> Solved:
        """Return the mean pressures of the cells that the permeabilities ``inputs``, ``(n, 1, s...)``, allow.

        ``residual`` is that of the linear system on the smaller cells.

        Raises:
            SolverError: a sample missed the tolerance; the message holds the residual reached.
        """
        refine = self.fineness
        cells = spread(inputs[:, 0], refine, self.dimensions)
        pressure, residual, iterations = self.pressure(cells, tuple(width / refine for width in self.grid.spacing))
        return Solved(average(pressure, refine)[:, None, None], residual, iterations)

    def fine_reference(self) -> int:
        """Return how many times smaller than those of the grid the cells of the second method are."""
        return 1

    def reference(self, inputs: Array) -> Array:
        """Return what mixed elements make of the permeabilities ``inputs``, ``(n, 1, s...)``, as states."""
        refine = self.fine_reference()
        spacing = tuple(width / refine for width in self.grid.spacing)
        shape = [part for n in self.grid.points for part in (n, refine)]
        within = tuple(range(1, 2 * self.dimensions, 2))
        finer = np.ones((refine,) * self.dimensions)
        pressures = [mixed_elements(np.kron(cells, finer), self.forcing, spacing) for cells in inputs[:, 0]]
        return np.stack([fine.reshape(shape).mean(within) for fine in pressures])[:, None, None]

    def energy(self, constants: Tensor, states: Tensor) -> Tensor:
        a, u = constants[:, 0], states[:, 0, 0]
        return flow_energy(a, u, self.forced(u), self.grid.spacing)[:, None]

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return by how much the pressure leaves its bounds, relative to the upper one, ``(n,)``.

        It is positive, and nowhere higher than in the middle of a ball of the same volume and the lowest permeability.
        """
        volume = math.prod(self.grid.lengths)
        highest = self.forcing * centre_of_ball(volume, self.dimensions) / constants.flatten(1).amin(1)
        pressure = states.flatten(1)
        return {
            "positive pressure": (-pressure.amin(1)).clamp(min=0) / highest,
            "highest pressure": (pressure.amax(1) - highest).clamp(min=0) / highest,
        }

    def forced(self, cells: Tensor) -> Tensor:
        """Return the forcing in each of ``cells``."""
        return torch.full_like(cells, self.forcing)
