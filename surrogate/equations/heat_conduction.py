"""Heat in a square of uneven conductivity with sources, ``u_t = div(conductivity grad u) + source``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from surrogate.equations._bounds import drift
from surrogate.equations._boxes import ByLines
from surrogate.equations._equation import Array, Law, Positive
from surrogate.equations._evolution import Walls
from surrogate.equations._variational import Variational
from surrogate.solvers.box_differences import Sides, derivative
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.varying_media import solve_conduction
from surrogate.spaces import Grid, Split


class Equation(ByLines, Variational):
    """The laws of the conductivity and the source, and the sides: insulated (``neumann``) or none (``periodic``).

    The conductivity is ``typical_conductivity`` times the exponential of a draw of ``log_conductivity``.
    """

    order: ClassVar = 1.0
    block: ClassVar = 4
    constants: ClassVar = ("conductivity", "source")
    positive: ClassVar = ("conductivity",)
    states: ClassVar = ("temperature",)

    typical_conductivity: Positive
    log_conductivity: Law
    source: Law
    walls: Literal["neumann", "periodic"]

    def sides(self) -> Walls:
        return self.walls

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return conductivity, source and start of the samples, ``(n, 3, x, y)``: the waves that are kept."""
        laws = (self.log_conductivity, self.source, self.initial)
        fields = [self.drawn(law, seed, split, indices, (part, len(laws))) for part, law in enumerate(laws)]
        conductivity = self.typical_conductivity * np.exp(fields[0])
        return np.concatenate((self.kept(conductivity, constant=True), *fields[1:]), axis=1)

    def march(self, start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        conductivity, source = constants.unbind(1)
        return solve_conduction(start[:, 0], conductivity, source, grid.lengths, clock)[:, :, None]

    def tendency(self, fields: Array, constants: Array, spacing: Sequence[float]) -> Array:
        of_flux: Sides = "periodic" if self.walls == "periodic" else "dirichlet"  # nothing flows through a wall
        conductivity, source = constants
        change = source.copy()
        for axis, h in zip((-2, -1), spacing, strict=True):
            flux = conductivity * derivative(fields[0], 1, h, axis, self.walls)
            change += derivative(flux, 1, h, axis, of_flux)
        return change[None]

    def energy(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return the mean of ``conductivity |grad u|^2 / 2 - source u``, ``(n, t)``."""
        conductivity, source = constants[:, None, :1], constants[:, None, 1:]
        square = self.laplacian(states.square()) / 2 - states * self.laplacian(states)  # |grad u|^2
        return (conductivity * square / 2 - source * states).flatten(2).mean(2)

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far the heat drifts from what the source adds, relative to the largest temperature, ``(n,)``."""
        times = torch.tensor(self.spec.times, dtype=states.dtype, device=states.device)
        heat = states.flatten(2).mean(2) - times * constants[:, 1].flatten(1).mean(1)[:, None]
        return {"heat": drift(heat, states.flatten(1).abs().amax(1))}
