"""Shallow water on a flat bed with two axes: waves that break, and no friction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from surrogate.equations._conservation import ConservationLaw
from surrogate.equations._equation import Array, Positive, drawn
from surrogate.solvers.shallow_water import ShallowWater
from surrogate.solvers.splitting import Fluid
from surrogate.spaces import Split


class Equation(ConservationLaw):
    """A flow of water under ``gravity``, length per time squared.

    Height and momentum: ``h_t + div(h v) = 0``, ``(h v)_t + div(h v v) + grad(gravity h^2 / 2) = 0``.
    """

    dimensions: ClassVar = 2
    order: ClassVar = 0.5  # of the L2 error where jumps are: not measured, so with room
    block: ClassVar = 2
    tried_on: ClassVar = 32
    states: ClassVar = ("height", "x_velocity", "y_velocity")
    conserved: ClassVar = ("mass", "x_momentum", "y_momentum")
    positive: ClassVar = (0,)

    gravity: Positive

    @property
    def law(self) -> ShallowWater:
        return ShallowWater(self.gravity, self.dimensions)

    @property
    def fluid(self) -> Fluid:
        return Fluid(gravity=self.gravity)

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the starts of the samples ``indices``, ``(n, 3, x, y)``: water at rest, as high as the law says."""
        start = np.zeros((len(indices), len(self.states), *self.grid.points))
        start[:, 0] = drawn(self.initial, self.grid, seed, split, indices)
        return start
