"""Waves on a period, ``u_t = L u + O product(I u)``: Fourier series, two-thirds rule, exponential Runge-Kutta."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from surrogate.solvers.etdrk4 import Clock, evolve
from surrogate.solvers.fourier import integer_waves, two_thirds

# Values at the points, or wavenumbers, to numbers of the same shape.
Map = Callable[[Tensor], Tensor]


def solve_semilinear(
    initial: Tensor, linear: Map, outer: Map, product: Map, length: float, clock: Clock, inner: Map | None = None
) -> Tensor:
    """Return ``u`` at the start and after every interval of ``clock``, shape ``(b, frames + 1, n)``.

    Solves ``u_t = L u + O product(I u)`` with period ``length``, where ``L``, ``O`` and ``I`` multiply the wave
    ``exp(i k x)`` by ``linear(k)``, ``outer(k)`` and ``inner(k)`` (1 when None). Spectral in space, fourth order in
    time. The start loses the waves that the two-thirds rule drops, and is returned without them; products of more
    than two factors alias unless their waves are resolved.

    Args:
        initial: ``u`` at the left ends of ``n`` equal cells, wherever the first lies, ``(b, n)``, float64.
        linear: of the wavenumbers ``k >= 0``, ``(n // 2 + 1,)``, per length; the negative ones are its conjugate.
        outer: likewise.
        product: of values at the points.
        length: the period.
        clock: the intervals and the steps.
        inner: likewise.

    Source: Kassam, Trefethen (2005), SIAM J. Sci. Comput. 26, 1214, section 4.
    """
    n = initial.shape[-1]
    k = (2 * torch.pi / length) * integer_waves((n,))[0].to(initial.device)
    kept = two_thirds((n,)).to(initial.device)
    after = torch.where(kept, outer(k), 0).to(torch.complex128)
    before = None if inner is None else inner(k).to(torch.complex128)

    def nonlinear(spectrum: Tensor) -> Tensor:
        inside = spectrum if before is None else before * spectrum
        values = product(torch.fft.irfft(inside, n=n, norm="forward"))
        return after * torch.fft.rfft(values, norm="forward")

    start = torch.where(kept, torch.fft.rfft(initial, norm="forward"), 0)
    frames = evolve(nonlinear, torch.where(kept, linear(k), 0), start, clock)
    return torch.fft.irfft(frames, n=n, norm="forward")
