"""Burgers flow without viscosity: a velocity that carries itself until it breaks, ``u_t + (u^2 / 2)_x = 0``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from torch import Tensor

from surrogate.equations._conservation import ConservationLaw
from surrogate.equations._equation import Array, drawn
from surrogate.errors import SettingsError
from surrogate.solvers.inviscid_burgers import InviscidBurgers
from surrogate.solvers.riemann import burgers_means
from surrogate.spaces import Boundary, Grid, Split


class Equation(ConservationLaw):
    """A flow on a period; ``initial`` names a sampler of scalar fields."""

    dimensions: ClassVar = 1
    order: ClassVar = 0.5  # of the L2 error: a start of many small jumps is far from its limit; measured
    block: ClassVar = 20
    tried_on: ClassVar = 64
    states: ClassVar = ("velocity",)
    conserved: ClassVar = ("momentum",)

    @property
    def law(self) -> InviscidBurgers:
        return InviscidBurgers()

    def boundary(self) -> Boundary:
        if self.sides != (("periodic", "periodic"),):
            raise SettingsError(f"equation.sides: inviscid_burgers is periodic, got {self.sides}")
        return super().boundary()

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the starts of the samples ``indices`` at the centres of the cells, ``(n, 1, x)``.

        Periodic laws are drawn on the left ends of cells half as large, of which every other one is such a centre.
        """
        halves = Grid.box((2 * self.grid.points[0],), "left", self.grid.lengths[0], self.grid.origin[0])
        return drawn(self.initial, halves, seed, split, indices)[:, None, 1::2]

    def reference(self, inputs: Array) -> Array:
        """Return the exact means over the cells, ``(n, t, 1, x)``: the formula of Hopf, without any approximation."""
        times = self.spec.times[1:]
        later = [[burgers_means(start[0], self.length, time)[None] for time in times] for start in inputs]
        return np.concatenate((inputs[:, None], np.array(later)), axis=1)

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far the momentum drifts and the velocity leaves the bounds of its start, relative, ``(n,)``."""
        start = states[:, 0].flatten(1)
        high, low = states.flatten(1).amax(1) - start.amax(1), start.amin(1) - states.flatten(1).amin(1)
        beyond = high.clamp(min=0) + low.clamp(min=0)
        return super().invariants(constants, states) | {"maximum principle": beyond / start.abs().amax(1)}
