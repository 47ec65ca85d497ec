"""Waves on a period, ``u_t = L u + O N(I u)``: Fourier series, two-thirds rule, exponential Runge-Kutta."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from surrogate.solvers.etdrk4 import Clock, evolve
from surrogate.solvers.fourier import integer_waves, two_thirds

# The order of a derivative -> what it multiplies each wave exp(i k x) with, (k,).
Derivative = Callable[[int], Tensor]
# Of derivatives: what an operator multiplies each wave with; None: the identity.
Operator = Callable[[Derivative], Tensor]
OperatorOrNone = Callable[[Derivative], Tensor | None]


def solve_semilinear(
    initial: Tensor,
    linear: Operator,
    outer: OperatorOrNone,
    product: Callable[[Tensor], Tensor],
    inner: OperatorOrNone,
    length: float,
    clock: Clock,
) -> Tensor:
    """Return ``u`` at the start and after every interval of ``clock``, shape ``(b, frames + 1, n)``.

    Solves ``u_t = L u + O product(I u)`` with period ``length``; ``L``, ``O`` and ``I`` are sums of derivatives.
    Spectral in space, fourth order in time. The start loses the waves that the two-thirds rule drops, and is returned
    without them; products of more than two factors alias unless their waves are resolved.

    Args:
        initial: ``u`` at the left ends of ``n`` equal cells, wherever the first lies, ``(b, n)``, real or complex.
        linear: ``L``, per time.
        outer: ``O``.
        product: of values at the points.
        inner: ``I``.
        length: the period.
        clock: the intervals and the steps.

    Source: Kassam, Trefethen (2005), SIAM J. Sci. Comput. 26, 1214, section 4.
    """
    n = initial.shape[-1]
    if initial.is_complex():
        waves = torch.fft.fftfreq(n, 1 / n, dtype=torch.float64, device=initial.device)
        kept, forward, back = 3 * waves.abs() < n, torch.fft.fft, torch.fft.ifft
    else:
        waves, kept = integer_waves((n,))[0].to(initial.device), two_thirds((n,)).to(initial.device)
        forward, back = torch.fft.rfft, torch.fft.irfft
    symbols = derivative_symbols((2 * torch.pi / length) * waves)
    after, before = outer(symbols), inner(symbols)
    after = torch.where(kept, torch.ones_like(waves) if after is None else after, 0).to(torch.complex128)
    before = before if before is None else before.to(torch.complex128)

    def nonlinear(spectrum: Tensor) -> Tensor:
        inside = spectrum if before is None else before * spectrum
        values = product(back(inside, n=n, norm="forward"))
        return after * forward(values, norm="forward")

    start = torch.where(kept, forward(initial, norm="forward"), 0)
    frames = evolve(nonlinear, torch.where(kept, linear(symbols), 0), start, clock)
    return back(frames, n=n, norm="forward")


def solve_linear(initial: Tensor, linear: Operator, length: float, clock: Clock) -> Tensor:
    """Return ``u`` of ``u_t = L u`` at the start and after every interval of ``clock``, ``(b, frames + 1, n)``.

    Each wave of the trigonometric interpolant of the start evolves exactly, so the steps of the clock do not matter.
    The Nyquist wave, of which a grid sees only the cosine, is dropped.

    Args:
        initial: ``u`` at the left ends of ``n`` equal cells, ``(b, n)``, float64.
        linear: ``L``, per time.
        length: the period.
        clock: the intervals.
    """
    k, times, spectrum = fourier_modes(initial, length, clock)
    evolved = torch.exp(linear(derivative_symbols(k)) * times) * spectrum[:, None]
    return torch.fft.irfft(evolved, n=initial.shape[-1], norm="forward")


def derivative_symbols(k: Tensor) -> Derivative:
    """Return what the derivative of each order multiplies the waves of wavenumbers ``k`` with: ``(i k)^order``."""

    def symbol(order: int) -> Tensor:
        power = k**order
        turned = power if order % 4 in (0, 1) else -power
        return 1j * turned if order % 2 else turned

    return symbol


def fourier_modes(initial: Tensor, length: float, clock: Clock) -> tuple[Tensor, Tensor, Tensor]:
    """Return wavenumbers ``(k,)``, times ``(frames + 1, 1)``, and the spectrum ``(b, k)`` below the Nyquist wave."""
    n = initial.shape[-1]
    wave = integer_waves((n,))[0].to(initial.device)
    times = clock.interval * torch.arange(clock.frames + 1, dtype=torch.float64, device=initial.device)
    spectrum = torch.where(2 * wave < n, torch.fft.rfft(initial, norm="forward"), 0)
    return (2 * torch.pi / length) * wave, times[:, None], spectrum
