"""What a given flow carries and diffusion spreads, on a periodic square: Fourier series, exponential Runge-Kutta."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from surrogate.solvers.etdrk4 import Clock, evolve
from surrogate.solvers.fourier import integer_waves, two_thirds
from surrogate.solvers.reacting_fields import laplacian_symbol


def solve_advection_diffusion(
    start: Tensor, velocity: Tensor, diffusivity: float, lengths: Sequence[float], clock: Clock
) -> Tensor:
    """Return ``u`` of ``u_t + div(velocity u) = diffusivity Laplace u`` at every frame, ``(b, frames + 1, s...)``.

    Spectral in space, fourth order in time; the mean of ``u`` stays to the last bit. The start loses the waves that
    the two-thirds rule drops, and is returned without them.

    Args:
        start: ``(b, s...)``, float64.
        velocity: its components, one per axis, ``(b, d, s...)``, length per time, steady.
        diffusivity: length squared per time.
        lengths: the periods, one per axis.
        clock: the intervals and the steps.
    """
    points = tuple(start.shape[1:])
    axes = tuple(range(-len(points), 0))
    kept = two_thirds(points).to(start.device)
    slopes = [
        torch.where(kept, -2j * torch.pi / length * wave.to(start.device), 0)
        for wave, length in zip(integer_waves(points), lengths, strict=True)
    ]

    def carried(spectrum: Tensor) -> Tensor:
        field = torch.fft.irfftn(spectrum, s=points, dim=axes, norm="forward")
        flux = torch.fft.rfftn(velocity * field[:, None], dim=axes, norm="forward")
        total = slopes[0] * flux[:, 0]
        for axis in range(1, len(points)):
            total = total + slopes[axis] * flux[:, axis]
        return total

    first = torch.where(kept, torch.fft.rfftn(start, dim=axes, norm="forward"), 0)
    linear = diffusivity * laplacian_symbol(points, lengths).to(start)
    return torch.fft.irfftn(evolve(carried, linear, first, clock), s=points, dim=axes, norm="forward")
