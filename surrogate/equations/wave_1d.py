"""A string or a column of air that swings: ``u_tt = speed^2 u_xx`` on a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from surrogate.equations._bounds import drift
from surrogate.equations._equation import Array, Positive, Solved
from surrogate.equations._evolution import Walls
from surrogate.equations._line import Derivative, Line
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.linear_waves import solve_wave
from surrogate.spaces import Grid, Split, Symmetry


class Equation(Line):
    """The speed of the waves, whether they start from rest or run towards larger x, and the ends of the line.

    A string is tied at ``dirichlet`` walls and free at ``neumann`` ones. Its solver is hand-made: as cosines and sines
    of time it is exact, which the exponential of a matrix for both states would only be to rounding.
    """

    order: ClassVar = 1.0
    tried_on: ClassVar = 64
    states: ClassVar = ("displacement", "velocity")
    exact: ClassVar = True

    speed: Positive
    start: Literal["rest", "running"]
    walls: Walls

    def sides(self) -> Walls:
        return self.walls

    def linear(self, d: Derivative) -> Any:
        """Return the matrix of both states, ``u_t = v`` and ``v_t = speed^2 u_xx``."""
        bend = self.speed**2 * d(2)
        return np.block([[np.zeros_like(bend), np.eye(len(bend))], [bend, np.zeros_like(bend)]])

    def kept_by(self) -> tuple[Symmetry, ...]:
        return ("flip",) if self.start == "rest" else ()

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the starts of the samples ``indices``, ``(n, 2, x)``: a displacement of the law, and its velocity."""
        both = super().draw(seed, split, indices)
        moving = self.start == "running"
        both[:, 1] = -self.speed * self.slope(torch.from_numpy(both[:, 0])).numpy() if moving else 0.0
        return both

    def march(self, start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_wave(start[:, 0], start[:, 1], self.speed, grid.lengths[0], clock)

    def solve(self, inputs: Tensor) -> Solved:
        """Return the waves that follow the starts ``inputs``, ``(n, 2, x)``, at the times of the frames.

        They are exact but for the waves that the grid of the start cannot hold.

        Raises:
            SolverError: a start has more of those than the tolerance; the message holds the share.
        """
        wide = self.continued(inputs, self.walls == "dirichlet")
        frames = self.march(wide, wide[:, :0], self.spectral_grid, self.clock)
        start = wide[:, None].expand(-1, 2, -1, -1)
        bound = self.error_bound(start, start)
        states = torch.cat((inputs[:, None], frames[:, 1:, :, : inputs.shape[-1]]), dim=1)
        return Solved(states, bound, torch.full_like(bound, self.clock.frames, dtype=torch.int64))

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far the energy drifts, relative, ``(n,)``."""
        strain = self.speed * self.slope(states[:, :, 0])
        energy = (strain.square() + states[:, :, 1].square()).mean(2)
        return {"energy": drift(energy, energy[:, 0])}
