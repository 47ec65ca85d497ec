"""A source, diffusion and a quadratic reaction, ``s_t = D s_xx + k s^2 + u(x)``, from nothing: the plane of x and t."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from surrogate.equations._equation import Array, Law, Positive, Solved, drawn
from surrogate.equations._fineness import Stepped
from surrogate.errors import SolverError
from surrogate.solvers.driven_differences import rod_by_differences
from surrogate.solvers.driven_diffusion import react, rod
from surrogate.solvers.etdrk4 import Clock
from surrogate.spaces import Boundary, Grid, Split


class Equation(Stepped):
    """The coefficients, the law of the source, and how its effect is solved, by a hand-made solver.

    ``source`` names a sampler. Up to ``horizon`` in time, with ``steps`` steps from one row of the grid to the next and
    polynomials of ``degree`` from node to node; ``tolerance`` bounds the relative error of the steps.
    """

    dimensions: ClassVar = 2
    block: ClassVar = 10
    constants: ClassVar = ("source",)
    states: ClassVar = ("concentration",)
    only_map: ClassVar = "learned as a whole"

    diffusivity: Positive
    reaction: float
    source: Law
    horizon: Positive
    degree: Annotated[int, Field(ge=2)]

    def nonlinear(self, s: Any) -> Any:
        """Return what the reaction adds, per time."""
        return self.reaction * s**2

    def box(self, points: tuple[int, ...]) -> Grid:
        return Grid(points=points, lengths=(1.0, self.horizon), placement=("nodes", "nodes"), origin=(0.0, 0.0))

    def boundary(self) -> Boundary:
        return Boundary(sides=(("dirichlet", "dirichlet"), ("dirichlet", "open")))

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the sources of the samples ``indices``, the same at all times, ``(n, 1, x, t)``."""
        nodes, times = self.grid.points
        source = drawn(self.source, Grid.box((nodes,), "nodes"), seed, split, indices)
        return np.repeat(source[:, None, :, None], times, axis=3)

    def solve(self, inputs: Tensor) -> Solved:
        """Return the concentrations that the sources ``inputs``, ``(n, 1, x, t)``, build up.

        ``residual`` is the distance from steps twice as long, relative to the state. Samples are solved one by one: the
        last bits of a matrix product depend on where in a batch a sample lies.

        Raises:
            SolverError: it exceeds the tolerance.
        """
        states, errors, intervals = [], [], self.grid.points[1] - 1
        for source in inputs[:, 0, :, 0]:
            one = source[None].clone()
            clocks = (Clock(intervals, self.grid.spacing[1], self.steps // part) for part in (1, 2))
            followed, longer = (self._react(torch.zeros_like(one), one, clock) for clock in clocks)
            error = (followed - longer).norm() / followed.norm()
            if not float(error) <= self.tolerance:
                raise SolverError(
                    f"error {float(error):.1e} of the time step (equation.steps), expected at most {self.tolerance:.1e}"
                )
            states.append(followed.mT)
            errors.append(error)
        bound = torch.stack(errors)
        taken = self.steps * intervals
        return Solved(torch.stack(states)[:, None], bound, torch.full_like(bound, taken, dtype=torch.int64))

    def refined(self, space: int, time: int) -> Self:
        """Return the equation with a degree ``space`` times as high and ``time`` times as many steps."""
        return self.model_copy(update={"degree": space * self.degree, "steps": time * self.steps})

    def residual(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return how far the rows of the grid are from following each other from nothing, ``(n,)``, relative to them.

        ``constants`` is ``(n, 1, x, t)``, ``states`` ``(n, 1, 1, x, t)``; differentiable in both. Solutions leave what
        a spline through the nodes makes of the thin layers of the first rows.
        """
        concentration = states[:, 0, 0].mT
        before = concentration[:, :-1].flatten(0, 1)
        source = constants[:, 0].mT[:, :-1].flatten(0, 1)
        followed = self._react(before, source, Clock(1, self.grid.spacing[1], self.steps))[:, 1]
        wrong = concentration[:, 1:] - followed.unflatten(0, (-1, self.grid.points[1] - 1))
        apart = torch.cat((concentration[:, :1], wrong), dim=1).flatten(1).norm(dim=1)
        return apart / concentration.flatten(1).norm(dim=1)

    def reference(self, inputs: Array) -> Array:
        """Return what central differences of order two and SciPy's Radau make of ``inputs``, ``(n, 1, 1, x, t)``."""
        nodes, times = self.grid.coordinates()
        rods = [rod_by_differences(s, nodes, times, self.diffusivity, self.nonlinear) for s in inputs[:, 0, :, 0]]
        return np.stack(rods)[:, None, None]

    def _react(self, start: Tensor, source: Tensor, clock: Clock) -> Tensor:
        length = rod(self.grid.points[0], self.degree, start.device)
        return react(start, source, self.diffusivity, self.nonlinear, length, clock)
