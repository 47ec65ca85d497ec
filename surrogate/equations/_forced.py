"""Ordinary differential equations driven by a function: from ``u`` on the nodes of time to the states there."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, from_numpy

from surrogate.equations._equation import Array, Law, Positive, Solved, drawn
from surrogate.equations._fineness import Stepped
from surrogate.solvers.driven_differences import driven_from_rest
from surrogate.solvers.forced import advance, between_nodes, follow
from surrogate.spaces import Boundary, Grid, Split


class Forced(Stepped):
    """A system ``s' = rate(s, u)`` from rest, the law of its forcing ``u``, and how its effect is solved.

    ``forcing`` names a sampler. From time 0 to ``horizon``, with ``steps`` steps from a node to the next; ``tolerance``
    bounds the relative error.
    """

    dimensions: ClassVar = 1
    block: ClassVar = 100
    tried_on: ClassVar = 50
    constants: ClassVar = ("forcing",)
    only_map: ClassVar = "learned as a whole"

    forcing: Law
    horizon: Positive

    @abstractmethod
    def rate(self, state: Sequence[Tensor], forcing: Tensor) -> Sequence[Tensor]:
        """Return the rates of change of the states, each ``(n, ...)``: the right-hand side."""

    def box(self, points: tuple[int, ...]) -> Grid:
        return Grid.box(points, "nodes", self.horizon)

    def boundary(self) -> Boundary:
        return Boundary(sides=(("dirichlet", "open"),))

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        return drawn(self.forcing, self.grid, seed, split, indices)[:, None]

    def tendency(self, state: Tensor, forcing: Tensor) -> Tensor:
        """Return the rates of change of states ``(n, c, ...)`` under a forcing ``(n, ...)``."""
        return torch.stack(tuple(self.rate(state.unbind(1), forcing)), dim=1)

    def solve(self, inputs: Tensor) -> Solved:
        """Return the states that the forcings ``inputs``, ``(n, 1, t)``, drive from rest.

        ``residual`` is the distance from steps twice as long, relative to the states, which exceeds the error.

        Raises:
            SolverError: it exceeds the tolerance.
        """
        interval = self.grid.spacing[0]
        rest = inputs.new_zeros(len(inputs), len(self.states))
        states, longer = (
            follow(self.tendency, rest, between_nodes(inputs[:, 0], steps), interval)
            for steps in (self.steps, self.steps // 2)
        )
        apart = (states - longer).flatten(1).norm(dim=1) / states.flatten(1).norm(dim=1)
        self.hold(apart, lambda worst: f"error {float(apart[worst]):.1e} of the time step (equation.steps)")
        taken = torch.full_like(apart, (states.shape[2] - 1) * self.steps, dtype=torch.int64)
        return Solved(states[:, None], apart, taken)

    def residual(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return how far the states at the nodes are from following each other from rest, ``(n,)``, relative to them.

        ``constants`` is ``(n, 1, t)``, ``states`` ``(n, 1, c, t)``; differentiable in both.
        """
        forcing = between_nodes(constants[:, 0], self.steps)
        followed = advance(self.tendency, states[:, 0, :, :-1], forcing, self.grid.spacing[0])
        wrong = torch.cat((states[:, 0, :, :1], states[:, 0, :, 1:] - followed), dim=2)
        return wrong.flatten(1).norm(dim=1) / states.flatten(1).norm(dim=1)

    def reference(self, inputs: Array) -> Array:
        """Return what SciPy's DOP853 makes of ``inputs``, ``(n, 1, c, t)``."""

        def rate(state: Array, forcing: float) -> Array:
            return self.tendency(from_numpy(state)[None], torch.tensor([forcing], dtype=torch.float64))[0].numpy()

        nodes = self.grid.coordinates()[0]
        return np.stack([driven_from_rest(rate, len(self.states), each, nodes) for each in inputs[:, 0]])[:, None]
