"""What only moves: advection and waves on a period, each Fourier mode exactly."""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.fourier import integer_waves


def solve_advection(initial: Tensor, speed: float, length: float, clock: Clock) -> Tensor:
    """Return ``u`` at the start and after every interval of ``clock``, shape ``(b, frames + 1, n)``.

    Solves ``u_t + speed u_x = 0`` with period ``length``: the trigonometric interpolant of the start, moved. Exact in
    time, so the steps of the clock do not matter. The Nyquist wave, of which a grid sees only the cosine, is dropped.

    Args:
        initial: ``u`` at the left ends of ``n`` equal cells, ``(b, n)``, float64.
        speed: length per time.
        length: the period.
        clock: the intervals.
    """
    k, times, spectrum = _waves(initial, length, clock)
    moved = torch.exp(-1j * speed * k * times) * spectrum[:, None]
    return torch.fft.irfft(moved, n=initial.shape[-1], norm="forward")


def solve_wave(displacement: Tensor, velocity: Tensor, speed: float, length: float, clock: Clock) -> Tensor:
    """Return ``u`` and ``u_t`` at the start and after every interval of ``clock``, shape ``(b, frames + 1, 2, n)``.

    Solves ``u_tt = speed^2 u_xx`` with period ``length``. Exact in time and for every wave below the Nyquist wave,
    which is dropped; see :func:`solve_advection`.

    Args:
        displacement: ``u`` at the left ends of ``n`` equal cells, ``(b, n)``, float64.
        velocity: ``u_t`` at the same points.
        speed: length per time.
        length: the period.
        clock: the intervals.
    """
    k, times, u = _waves(displacement, length, clock)
    v = _waves(velocity, length, clock)[2]
    rate = speed * k
    cosine, sine = torch.cos(rate * times), torch.sin(rate * times)
    reached = torch.where(rate == 0, times, sine / torch.where(rate == 0, 1, rate))
    u, v = u[:, None], v[:, None]
    frames = torch.stack((cosine * u + reached * v, cosine * v - rate * sine * u), dim=2)
    return torch.fft.irfft(frames, n=displacement.shape[-1], norm="forward")


def _waves(initial: Tensor, length: float, clock: Clock) -> tuple[Tensor, Tensor, Tensor]:
    """Return wavenumbers ``(k,)``, times ``(frames + 1, 1)``, and the spectrum ``(b, k)``."""
    n = initial.shape[-1]
    wave = integer_waves((n,))[0].to(initial.device)
    times = clock.interval * torch.arange(clock.frames + 1, dtype=torch.float64, device=initial.device)
    spectrum = torch.where(2 * wave < n, torch.fft.rfft(initial, norm="forward"), 0)
    return (2 * torch.pi / length) * wave, times[:, None], spectrum
