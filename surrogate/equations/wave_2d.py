"""Waves of one speed in a square, ``u_tt = speed^2 Laplace u``: exact, mode by mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from torch import Tensor

from surrogate.equations._bounds import drift
from surrogate.equations._boxes import ByLines
from surrogate.equations._equation import Array, Positive
from surrogate.equations._evolution import Walls
from surrogate.solvers.box_differences import laplacian
from surrogate.solvers.box_modes import solve_wave
from surrogate.solvers.etdrk4 import Clock
from surrogate.spaces import Grid, Split


class Equation(ByLines):
    """The speed of the waves, and what the sides of the square are; ``initial`` draws the displacement, at rest.

    The sides are held (``dirichlet``), let go (``neumann``), or none at all (``periodic``).
    """

    block: ClassVar = 8
    states: ClassVar = ("displacement", "velocity")

    speed: Positive
    walls: Walls

    def sides(self) -> Walls:
        return self.walls

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        displacement = self.drawn(self.initial, seed, split, indices)
        return np.concatenate((displacement, np.zeros_like(displacement)), axis=1)

    def march(self, start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_wave(start, self.speed, grid.lengths, clock)

    def tendency(self, fields: Array, constants: Array, spacing: Sequence[float]) -> Array:
        return np.stack((fields[1], self.speed**2 * laplacian(fields[0], spacing, self.walls)))

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far the energy drifts, the mean of ``v^2 + speed^2 |grad u|^2``, relative to itself, ``(n,)``."""
        u, v = states.unbind(2)
        energy = (v.square() - self.speed**2 * u * self.laplacian(u)).flatten(2).mean(2)
        return {"energy": drift(energy, energy[:, 0])}
