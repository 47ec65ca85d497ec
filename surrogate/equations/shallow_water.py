"""Shallow water on a flat bed with two axes: waves that break, and no friction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from surrogate.equations._equation import Array, drawn
from surrogate.equations._fluids import Water
from surrogate.spaces import Split


class Equation(Water):
    """A flow of :class:`~surrogate.equations.Water` over a plane bed; its equations stand there."""

    dimensions: ClassVar = 2
    order: ClassVar = 0.5  # of the L2 error where jumps are: not measured, so with room
    block: ClassVar = 2
    tried_on: ClassVar = 32
    states: ClassVar = ("height", "x_velocity", "y_velocity")
    conserved: ClassVar = ("mass", "x_momentum", "y_momentum")
    positive: ClassVar = ("height",)

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the starts of the samples ``indices``, ``(n, 3, x, y)``: water at rest, as high as the law says."""
        start = np.zeros((len(indices), len(self.states), *self.grid.points))
        start[:, 0] = drawn(self.initial, self.grid, seed, split, indices)
        return start
