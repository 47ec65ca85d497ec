"""Viscous Burgers flow on a period: Fourier series, two-thirds rule, exponential Runge-Kutta."""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.solvers.etdrk4 import Clock, evolve
from surrogate.solvers.fourier import integer_waves, two_thirds


def solve_burgers(initial: Tensor, viscosity: float, length: float, clock: Clock) -> Tensor:
    """Return the velocity at the start and after every interval of ``clock``, shape ``(b, frames + 1, n)``.

    Solves ``u_t + u u_x = viscosity u_xx`` with period ``length``. Spectral in space, fourth order in time. The
    start loses the waves that the two-thirds rule drops, and is returned without them.

    Args:
        initial: ``u`` at the left ends of ``n`` equal cells, ``(b, n)``, float64, length per time.
        viscosity: length squared per time.
        length: the period.
        clock: the intervals and the steps.

    Source: Kassam, Trefethen (2005), SIAM J. Sci. Comput. 26, 1214, section 4 (Burgers).
    """
    n = initial.shape[-1]
    k = (2 * torch.pi / length) * integer_waves((n,))[0].to(initial.device)
    kept = two_thirds((n,)).to(initial.device)
    advection = torch.where(kept, -0.5j * k, 0)

    def nonlinear(spectrum: Tensor) -> Tensor:
        velocity = torch.fft.irfft(spectrum, n=n, norm="forward")
        return advection * torch.fft.rfft(velocity.square(), norm="forward")

    start = torch.where(kept, torch.fft.rfft(initial, norm="forward"), 0)
    frames = evolve(nonlinear, -viscosity * k.square(), start, clock)
    return torch.fft.irfft(frames, n=n, norm="forward")
