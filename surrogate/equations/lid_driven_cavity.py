"""A box of fluid whose lid slides: the steady velocity, from the speed of the lid along its length.

``(v . grad) v + grad p = Laplace v / reynolds``, ``div v = 0``, ``v = 0`` on the walls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Self

import numpy as np
import torch
from pydantic import Field
from scipy.interpolate import make_interp_spline
from torch import Tensor

from surrogate.equations._equation import Array, Law, Positive, Solved, drawn
from surrogate.equations._fineness import refinement
from surrogate.equations._steady import Steady
from surrogate.solvers.cavity import cavity, lid_at
from surrogate.solvers.cavity_differences import velocity_by_differences
from surrogate.spaces import Grid, Split


class Equation(Steady):
    """The flow and how it is solved.

    ``lid`` names a sampler of the lid's speed. Its values on the grid stand for the sum of sines through them. The
    flow is solved by polynomials of degree ``resolution`` until Newton's method changes it by less than ``tolerance``.
    """

    dimensions: ClassVar = 2
    block: ClassVar = 4
    constants: ClassVar = ("lid_speed",)
    states: ClassVar = ("velocity_x", "velocity_y")
    placement: ClassVar = "nodes"

    reynolds: Positive
    lid: Law
    resolution: Annotated[int, Field(ge=8)]

    @property
    def fineness(self) -> int:
        return refinement(self.grid.points, self.resolution)

    def as_fine_as(self, factor: int) -> Self:
        return self.model_copy(update={"resolution": factor * min(self.grid.points)})

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the speeds of the lids of the samples ``indices``, spread along y, ``(n, 1, x, y)``."""
        x, y = self.grid.points
        speeds = drawn(self.lid, Grid.box((x,), "nodes"), seed, split, indices)
        return np.repeat(speeds[:, None, :, None], y, axis=3)

    def solve(self, inputs: Tensor) -> Solved:
        """Return the velocities that the lids ``inputs``, ``(n, 1, x, y)``, bring about.

        ``residual`` is the last relative change by Newton's method, ``iterations`` the number of its steps.

        Raises:
            SolverError: Newton's method did not converge; the message holds the change reached.
        """
        method, axes = cavity(self.resolution), self.grid.coordinates()
        states, changes, steps = [], [], []
        for speeds in inputs[:, 0, :, -1]:
            q, change, count = method.solve(lid_at(speeds, method.nodes), self.reynolds, self.tolerance)
            states.append(method.velocity(q, axes))
            changes.append(change)
            steps.append(count)
        reached = torch.tensor(changes, dtype=inputs.dtype, device=inputs.device)
        return Solved(torch.stack(states)[:, None], reached, torch.tensor(steps, device=inputs.device))

    def refined(self, space: int, time: int) -> Self:
        """Return the settings with polynomials of ``space`` times the degree; there is no time."""
        return self.model_copy(update={"resolution": space * self.resolution})

    def residual(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return how far each flow is from the one whose vorticity it carries, relative, ``(n,)``; differentiable.

        A steady flow carries its own vorticity: it is the solution of the linear equation in which it is the velocity.
        ``constants`` is ``(n, 1, x, y)``, ``states`` ``(n, 1, 2, x, y)``.
        """
        method, axes = cavity(self.resolution), self.grid.coordinates()
        inner = (method.nodes[1:-1] + 1) / 2
        splines = [make_interp_spline(axis, np.eye(len(axis)), k=3)(inner) for axis in axes]
        x, y = (torch.from_numpy(spline).to(states) for spline in splines)
        wrong = []
        for given, velocity in zip(constants[:, 0, :, -1], states[:, 0], strict=True):
            q = method.carried(lid_at(given, method.nodes), x @ velocity @ y.T, self.reynolds)
            wrong.append((velocity - method.velocity(q, axes)).norm() / velocity.norm())
        return torch.stack(wrong)

    def reference(self, inputs: Array) -> Array:
        """Return what second-order differences on two grids, extrapolated, make of ``inputs``, ``(n, 1, 2, x, y)``."""
        x, y = self.grid.coordinates()
        flows = [velocity_by_differences(speeds, self.reynolds, x, y) for speeds in inputs[:, 0, :, -1]]
        return np.stack(flows)[:, None]

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far the fluid slips along walls and lid, or crosses them, relative to the lid, ``(n,)``."""
        u, v = states[:, 0].unbind(1)
        lid = constants[:, 0, :, -1]
        along = torch.cat((u[:, :, -1] - lid, u[:, :, 0], u[:, 0], u[:, -1]), dim=1)
        across = torch.cat((v[:, :, -1], v[:, :, 0], v[:, 0], v[:, -1]), dim=1)
        return {"slip": torch.maximum(along.abs().amax(1), across.abs().amax(1)) / lid.abs().amax(1)}
