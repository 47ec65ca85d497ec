"""A substance in a steady flow on a periodic square, ``u_t + div(velocity u) = diffusivity Laplace u``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from surrogate.equations._bounds import drift, growth, span
from surrogate.equations._boxes import ByLines
from surrogate.equations._equation import Array, Law, Positive
from surrogate.solvers.advection_diffusion import solve_advection_diffusion
from surrogate.solvers.box_differences import derivative, laplacian
from surrogate.solvers.etdrk4 import Clock
from surrogate.spaces import Grid, Split


class Equation(ByLines):
    """How fast the substance spreads, and the law of the flow: ``(psi_y, -psi_x)`` of a draw ``psi`` of ``stream``.

    A flow turns when the axes are reversed or exchanged, so the fields have no symmetries of scalars.
    """

    block: ClassVar = 4
    constants: ClassVar = ("velocity_x", "velocity_y")
    states: ClassVar = ("concentration",)
    symmetries: ClassVar = ()

    diffusivity: Positive
    stream: Law

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return both components of the flow and the start of the samples, ``(n, 3, x, y)``."""
        stream = self.drawn(self.stream, seed, split, indices, (0, 2))[:, 0]
        start = self.drawn(self.initial, seed, split, indices, (1, 2))
        n, m = self.grid.points
        unit = 2j * np.pi / self.length
        spectrum = np.fft.rfft2(stream)
        along_x = np.fft.irfft2(unit * np.arange(m // 2 + 1) * spectrum, s=(n, m))
        along_y = np.fft.irfft2(-unit * np.fft.fftfreq(n, 1 / n)[:, None] * spectrum, s=(n, m))
        return np.concatenate((along_x[:, None], along_y[:, None], start), axis=1)

    def march(self, start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_advection_diffusion(start[:, 0], constants, self.diffusivity, grid.lengths, clock)[:, :, None]

    def tendency(self, fields: Array, constants: Array, spacing: Sequence[float]) -> Array:
        along_x, along_y = (derivative(constants[i] * fields[0], 1, spacing[i], i - 2) for i in (0, 1))
        return self.diffusivity * laplacian(fields, spacing) - along_x - along_y

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far the mass drifts and the flow has sources, and how the mean square grows, ``(n,)``."""
        x, y = self.grid.points
        sources = torch.fft.rfft2(constants)
        waves = torch.fft.fftfreq(x, 1 / x, dtype=states.dtype, device=states.device)[:, None] * sources[:, 0]
        waves = waves + torch.arange(y // 2 + 1, dtype=states.dtype, device=states.device) * sources[:, 1]
        speed = constants.flatten(1).abs().amax(1)
        energy = states.square().flatten(2).mean(2)
        return {
            "mass": drift(states.flatten(2).mean(2), states.flatten(1).abs().amax(1)),
            "sources of the flow": torch.fft.irfft2(waves, s=(x, y)).flatten(1).square().mean(1).sqrt() / (x * speed),
            "growth of the mean square": growth(energy, span(energy)),
        }
