"""A substance that diffuses through a column and clings to it, ``R(u) u_t = D u_xx``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from surrogate.equations._equation import Array, Law, Positive, Solved, drawn
from surrogate.equations._evolution import Timed
from surrogate.solvers.sorption import Column, advance
from surrogate.solvers.sorption_differences import column_by_differences
from surrogate.spaces import Boundary, Grid, Split

# The inlet disturbs the column suddenly, so steps are short at first: so many times more of them in the first interval,
# growing with the square of time, and fewer and fewer times more until as many intervals have passed.
_EARLY = 8


class Equation(Timed):
    """The column, the law of what it holds at first, and how it is solved.

    Retardation ``1 + (1 - porosity) / porosity * density * freundlich * exponent * (u + 1e-6)^(exponent - 1)``;
    ``initial`` names a sampler. On at least ``resolution`` cells, with ``steps`` time steps from one frame to the next
    and more at first; ``tolerance`` bounds the relative error of the steps.
    """

    dimensions: ClassVar = 1
    order: ClassVar = 1.0
    block: ClassVar = 20
    states: ClassVar = ("concentration",)

    diffusivity: Positive
    porosity: Annotated[float, Field(gt=0, lt=1)]
    density: Positive
    freundlich: Positive
    exponent: Annotated[float, Field(gt=0, lt=1)]
    initial: Law

    @property
    def column(self) -> Column:
        factor = (1 - self.porosity) / self.porosity * self.density * self.freundlich * self.exponent
        return Column(self.diffusivity, factor, self.exponent)

    def retardation(self, u: Array) -> Array:
        """Return ``R(u)``."""
        return 1 + self.column.factor * (np.maximum(u, 0) + 1e-6) ** (self.exponent - 1)

    def box(self, points: tuple[int, ...]) -> Grid:
        return Grid.box(points, "cells")

    def boundary(self) -> Boundary:
        return Boundary(sides=(("dirichlet", "robin"),))

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the starts of the samples ``indices``, ``(n, 1, x)``."""
        return drawn(self.initial, self.grid, seed, split, indices)[:, None]

    def solve(self, inputs: Tensor) -> Solved:
        """Return the concentrations that follow the starts ``inputs``, ``(n, 1, x)``, constant on their cells.

        The concentration of a cell is its mean. ``residual`` is the distance from steps twice as long, at the worst
        frame.

        Raises:
            SolverError: it exceeds the tolerance.
        """
        refine = self.fineness
        start = inputs[:, 0].repeat_interleave(refine, dim=1)
        frames, longer = (self._kept_frames(start, steps) for steps in (self.steps, self.steps // 2))
        bound = ((frames - longer).norm(dim=2) / frames.norm(dim=2)).amax(1)
        self.hold(bound, lambda worst: f"error {float(bound[worst]):.1e} of the time step (equation.steps)")
        means = frames[:, 1:].unflatten(2, (-1, refine)).mean(3)
        taken = sum(len(self._time_steps(self.steps, interval)) for interval in range(self.frames - 1))
        states = torch.cat((inputs, means), dim=1)[:, :, None]
        return Solved(states, bound, torch.full_like(bound, taken, dtype=torch.int64))

    def residual(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return how far the frames are from following each other, relative to them, ``(n,)``; differentiable.

        What is constant on the cells of the grid is advanced on the solver's cells, in fewer steps: solutions leave
        about 1e-4.
        """
        refine = self.fineness
        fine = states[:, :, 0].repeat_interleave(refine, dim=2)
        first = advance(fine[:, 0], self.column, self._time_steps(1, 0))[:, None]
        followed = first
        if fine.shape[1] > 2:
            later = advance(fine[:, 1:-1].flatten(0, 1), self.column, self._time_steps(1, 2))
            followed = torch.cat((first, later.unflatten(0, (len(fine), -1))), dim=1)
        wrong = states[:, 1:, 0] - followed.unflatten(2, (-1, refine)).mean(3)
        return wrong.flatten(1).norm(dim=1) / states[:, 1:].flatten(1).norm(dim=1)

    def reference(self, inputs: Array) -> Array:
        """Return what differences on the nodes, not conserving, and SciPy's BDF make of the starts."""
        terms = (self.resolution, self.diffusivity, self.retardation, self.times)
        return np.stack([column_by_differences(start, *terms) for start in inputs[:, 0]])[:, :, None]

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far concentrations leave what the start and the inlet, where it is 1, span with 0, ``(n,)``."""
        highest = states[:, 0].flatten(1).amax(1).clamp(min=1)
        above = (states.flatten(1).amax(1) - highest).clamp(min=0)
        below = (-states.flatten(1).amin(1)).clamp(min=0)
        return {"maximum principle": torch.maximum(above, below)}

    def _time_steps(self, steps: int, interval: int) -> list[float]:
        """Return the time steps of an interval between two frames."""
        length = self.clock.interval
        if interval > 0:
            count = steps * math.ceil(_EARLY / interval)
            return [length / count] * count
        times = np.linspace(0, 1, _EARLY * steps + 1) ** 3
        return [float(step) for step in length * np.diff(times)]

    def _kept_frames(self, start: Tensor, steps: int) -> Tensor:
        frames = [start]
        for interval in range(self.frames - 1):
            frames.append(advance(frames[-1], self.column, self._time_steps(steps, interval)))
        return torch.stack(frames, dim=1)
