"""The Poisson equation in the unit cube: ``-Laplace u = f``, ``u = 0`` on the boundary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, ClassVar, Self

import numpy as np
from pydantic import Field
from torch import Tensor, full_like, int64

from surrogate.equations._bounds import centre_of_ball
from surrogate.equations._equation import Array, Law, Solved, drawn
from surrogate.equations._steady import Steady
from surrogate.errors import SolverError
from surrogate.solvers.seven_points import poisson_by_differences
from surrogate.solvers.sine_series import poisson_of_cells, series_error, series_residual
from surrogate.spaces import Split

# How many times smaller the cells of the second method are.
_FINER = 4


class Equation(Steady):
    """The law of the forcing, which names a sampler, and the sine series.

    The forcing is constant on the cells of the grid. The series has ``waves`` times as many terms along an axis as
    there are cells; those of its second half must change the field by less than ``tolerance``, relative.
    """

    dimensions: ClassVar = 3
    symmetries: ClassVar = ("flip", "transpose")
    block: ClassVar = 4
    constants: ClassVar = ("forcing",)
    states: ClassVar = ("potential",)

    forcing: Law
    waves: Annotated[int, Field(ge=2)]

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        return drawn(self.forcing, self.grid, seed, split, indices)[:, None]

    def solve(self, inputs: Tensor) -> Solved:
        """Return the mean potentials of the cells that the forcings ``inputs``, ``(n, 1, x, y, z)``, cause.

        ``residual`` is what the second half of the series changes, ``iterations`` are its terms along an axis.

        Raises:
            SolverError: that is more than the tolerance.
        """
        forcing, lengths = inputs[:, 0], self.grid.lengths
        change = series_error(forcing, lengths, self.waves)
        if not bool((change <= self.tolerance).all()):
            worst = float(change.nan_to_num(nan=float("inf")).max())
            raise SolverError(
                f"poisson_3d: the second half of the series changes the field by {worst:.1e}, expected at most "
                f"{self.tolerance:.1e}; more equation.waves are needed"
            )
        potential = poisson_of_cells(forcing, lengths, self.waves)
        return Solved(potential[:, None, None], change, full_like(change, self.waves, dtype=int64))

    def refined(self, space: int, time: int) -> Self:
        """Return the settings with ``space`` times as many waves along each axis; a steady field has no time."""
        return self.model_copy(update={"waves": space * self.waves})

    def residual(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return how far the potential is from what the forcing causes, ``(n,)``, in the relative H^-1 norm."""
        return series_residual(constants[:, 0], states[:, 0, 0], self.grid.lengths, self.waves)

    def reference(self, inputs: Array) -> Array:
        """Return what seven-point differences on smaller cells make of ``inputs``, ``(n, 1, x, y, z)``, as states."""
        potentials = [poisson_by_differences(cells, self.grid.spacing, _FINER) for cells in inputs[:, 0]]
        return np.stack(potentials)[:, None, None]

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return by how much the potential exceeds that of a ball of the same volume under the largest forcing."""
        highest = constants.flatten(1).abs().amax(1) * centre_of_ball(math.prod(self.grid.lengths), self.dimensions)
        return {"largest potential": (states.flatten(1).abs().amax(1) - highest).clamp(min=0) / highest}
