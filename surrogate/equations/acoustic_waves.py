"""Waves in a square whose speed varies from place to place, ``u_tt = speed(x, y)^2 Laplace u``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from torch import Tensor

from surrogate.equations._bounds import drift
from surrogate.equations._boxes import ByLines
from surrogate.equations._equation import Array, Law, Positive, drawn
from surrogate.equations._evolution import Walls
from surrogate.solvers.box_differences import laplacian
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.varying_media import solve_acoustics
from surrogate.spaces import Grid, Split


class Equation(ByLines):
    """The law of the speed, and what the sides of the square are; ``initial`` draws the displacement, at rest.

    The speed is ``typical_speed`` times the exponential of a draw of ``log_speed``. The sides are held
    (``dirichlet``), let go (``neumann``), or none at all (``periodic``).
    """

    order: ClassVar = 1.0
    block: ClassVar = 4
    constants: ClassVar = ("speed",)
    positive: ClassVar = ("speed",)
    states: ClassVar = ("displacement", "velocity")

    typical_speed: Positive
    log_speed: Law
    walls: Walls

    def sides(self) -> Walls:
        return self.walls

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return speed, displacement and velocity of the samples, ``(n, 3, x, y)``: the waves that are kept."""
        exponent = drawn(self.log_speed, self.grid, seed, split, [2 * index for index in indices])[:, None]
        speed = self.kept(self.typical_speed * np.exp(exponent), constant=True)
        displacement = self.drawn(self.initial, seed, split, indices, (1, 2))
        return np.concatenate((speed, displacement, np.zeros_like(displacement)), axis=1)

    def march(self, start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_acoustics(start, constants[:, 0], grid.lengths, clock)

    def tendency(self, fields: Array, constants: Array, spacing: Sequence[float]) -> Array:
        return np.stack((fields[1], constants[0] ** 2 * laplacian(fields[0], spacing, self.walls)))

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far the energy drifts, the mean of ``(v / speed)^2 + |grad u|^2``, relative, ``(n,)``."""
        u, v = states.unbind(2)
        swing = (v / constants[:, :1]).square()
        energy = (swing - u * self.laplacian(u)).flatten(2).mean(2)
        return {"energy": drift(energy, energy[:, 0])}
