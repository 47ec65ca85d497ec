"""Stirred flow on a torus of period 1, by its vorticity: ``w_t + u . grad w = viscosity Laplace w + f``.

It is stirred by ``f = 0.1 (sin 2 pi (x + y) + cos 2 pi (x + y))``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from surrogate.equations._equation import Array, Positive
from surrogate.equations._vorticity import ViscousFlow
from surrogate.samplers import gaussian
from surrogate.spaces import Grid, Split

STIRRING = 0.1
# sigma^2 of the start, as powers of tau: one paper, its script of 2022, and its script of 2020, which drew complex
# numbers of twice the variance. The data that everybody uses came from the last.
VARIANCES = {"paper": (1.0, 1.5), "script": (1.0, 3.0), "original": (2.0, 3.0)}


class Equation(ViscousFlow):
    """The flow and the law of its start.

    The start is ``N(0, sigma^2 (-Laplace + tau^2)^-alpha)`` with ``sigma^2 = tau^1.5`` (``amplitude: paper``),
    ``tau^3`` (``script``) or ``2 tau^3`` (``original``, the published data).
    """

    amplitude: Literal["paper", "script", "original"]
    alpha: Positive
    tau: Positive

    def extent(self) -> float:
        return 1.0

    def stirring(self, grid: Grid, constants: Tensor) -> Tensor:
        x, y = (torch.from_numpy(axis) for axis in grid.coordinates())
        phase = 2 * torch.pi * (x[:, None] + y)
        return STIRRING * (torch.sin(phase) + torch.cos(phase))

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the starts of the samples ``indices``, ``(n, 1, x, y)``: the waves that the solver keeps."""
        factor, power = VARIANCES[self.amplitude]
        sigma = math.sqrt(factor * self.tau**power)
        law = gaussian.Settings(name="gaussian", boundary="periodic", sigma=sigma, alpha=self.alpha, tau=self.tau)
        return self.kept(gaussian.sample(law, self.grid, seed, split, indices))[:, None]
