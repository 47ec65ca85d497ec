"""Waves of one speed on a period, each Fourier mode exactly."""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.semilinear import fourier_modes


def solve_wave(displacement: Tensor, velocity: Tensor, speed: float, length: float, clock: Clock) -> Tensor:
    """Return ``u`` and ``u_t`` at the start and after every interval of ``clock``, shape ``(b, frames + 1, 2, n)``.

    Solves ``u_tt = speed^2 u_xx`` with period ``length``. Exact in time and for every wave below the Nyquist wave,
    which is dropped; the steps of the clock do not matter.

    Args:
        displacement: ``u`` at the left ends of ``n`` equal cells, ``(b, n)``, float64.
        velocity: ``u_t`` at the same points.
        speed: length per time.
        length: the period.
        clock: the intervals.
    """
    k, times, u = fourier_modes(displacement, length, clock)
    v = fourier_modes(velocity, length, clock)[2]
    rate = speed * k
    cosine, sine = torch.cos(rate * times), torch.sin(rate * times)
    reached = torch.where(rate == 0, times, sine / torch.where(rate == 0, 1, rate))
    u, v = u[:, None], v[:, None]
    frames = torch.stack((cosine * u + reached * v, cosine * v - rate * sine * u), dim=2)
    return torch.fft.irfft(frames, n=displacement.shape[-1], norm="forward")
