"""Heat that spreads evenly in a box of any dimension, ``u_t = diffusivity Laplace u``: exact, mode by mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor

from surrogate.equations._bounds import drift, growth, span
from surrogate.equations._boxes import ByLines
from surrogate.equations._equation import Array, Positive
from surrogate.equations._evolution import Walls
from surrogate.equations._variational import Variational
from surrogate.solvers.box_differences import laplacian
from surrogate.solvers.box_modes import solve_heat
from surrogate.solvers.etdrk4 import Clock
from surrogate.spaces import Grid


class Heat(ByLines, Variational):
    """How fast heat spreads, and what the sides of the box are.

    They are insulated (``neumann``), held at zero (``dirichlet``), or none at all (``periodic``).
    """

    tried_on: ClassVar = 16
    states: ClassVar = ("temperature",)

    diffusivity: Positive
    walls: Walls

    def sides(self) -> Walls:
        return self.walls

    def march(self, start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_heat(start[:, 0], self.diffusivity, grid.lengths, clock)[:, :, None]

    def tendency(self, fields: Array, constants: Array, spacing: Sequence[float]) -> Array:
        return self.diffusivity * laplacian(fields, spacing, self.walls)

    def energy(self, constants: Tensor, states: Tensor) -> Tensor:
        return (-self.diffusivity / 2 * states * self.laplacian(states)).flatten(2).mean(2)

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far the heat drifts, relative to the largest temperature, and how its square grows, ``(n,)``."""
        energy = states.square().flatten(2).mean(2)
        square = {"growth of the mean square": growth(energy, span(energy))}
        if self.walls == "dirichlet":
            return square
        return {"heat": drift(states.flatten(2).mean(2), states[:, 0].flatten(1).abs().amax(1))} | square
