"""Kolmogorov flow: a periodic sheet driven by a sine of shear, ``w_t + u . grad w = Laplace w / Re - m cos(m y)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from surrogate.equations._equation import Array, Law, Positive, drawn
from surrogate.equations._vorticity import Vorticity
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.method_of_lines import resample
from surrogate.spaces import Grid, Split


class Equation(Vorticity):
    """The flow, driven by ``sin(wavenumber y)`` along x, and the law of its start.

    A sample of ``initial`` flows for a time ``spin_up``, on half of the points with steps four times as long;
    what has become of it is the start. ``tolerance`` bounds the error that an interval adds, as the flow is chaotic.
    """

    chaotic: ClassVar = True

    reynolds: Positive
    wavenumber: Annotated[int, Field(ge=1)]
    spin_up: Positive
    initial: Law

    def kinematic_viscosity(self) -> float:
        return 1 / self.reynolds

    def stirring(self, grid: Grid, constants: Tensor) -> Tensor:
        m = self.wavenumber
        return -m * torch.cos(m * torch.from_numpy(grid.coordinates()[1])).expand(grid.points)

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the starts of the samples ``indices``, ``(n, 1, x, y)``, after their spin-up."""
        half = Grid.box((self.resolution // 2,) * self.dimensions, "left", self.extent())
        still = torch.from_numpy(drawn(self.initial, half, seed, split, indices))[:, None]
        steps = round(self.spin_up / (4 * self.clock.step))
        spun = self.march(still, still[:, :0], half, Clock(1, self.spin_up, max(1, steps)))
        return self.kept(resample(spun[:, 1, 0].numpy(), self.grid.points))[:, None]
