"""Waves of light or water by their envelope: the nonlinear Schroedinger equation on a period."""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.solvers.etdrk4 import Clock, evolve


def solve_nonlinear_schroedinger(
    initial: Tensor, dispersion: float, focusing: float, length: float, clock: Clock
) -> Tensor:
    """Return the envelope at the start and after every interval of ``clock``, complex, shape ``(b, frames + 1, n)``.

    Solves ``i h_t + dispersion h_xx + focusing |h|^2 h = 0`` with period ``length``. Spectral in space, fourth order in
    time. The start loses the waves above two thirds of the highest, and is returned without them.

    Args:
        initial: ``h`` at the left ends of ``n`` equal cells, ``(b, n)``, complex128.
        dispersion: length squared per time, one half in most papers.
        focusing: positive to focus, negative to defocus.
        length: the period.
        clock: the intervals and the steps.

    Source: Kassam, Trefethen (2005), SIAM J. Sci. Comput. 26, 1214, section 2; the circle must be whole here.
    """
    n = initial.shape[-1]
    wave = torch.fft.fftfreq(n, 1 / n, dtype=torch.float64, device=initial.device)
    kept = 3 * wave.abs() < n
    turning = torch.where(kept, -1j * dispersion * ((2 * torch.pi / length) * wave).square(), 0)
    after = torch.where(kept, torch.tensor(1j * focusing, device=initial.device), 0)

    def nonlinear(spectrum: Tensor) -> Tensor:
        h = torch.fft.ifft(spectrum, norm="forward")
        return after * torch.fft.fft(h * (h.real.square() + h.imag.square()), norm="forward")

    start = torch.where(kept, torch.fft.fft(initial, norm="forward"), 0)
    return torch.fft.ifft(evolve(nonlinear, turning, start, clock), norm="forward")
