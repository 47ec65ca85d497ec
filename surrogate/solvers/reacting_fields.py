"""Several fields on a periodic box, ``u_t = L u + M N(u)``: Fourier series and exponential Runge-Kutta."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from surrogate.solvers.etdrk4 import Clock, evolve
from surrogate.solvers.fourier import integer_waves, two_thirds

# The Laplacian's eigenvalues (k...) -> those of another operator, (k...) or (c, k...).
Symbol = Callable[[Tensor], Tensor]
# The same, or None: the identity.
Outer = Callable[[Tensor], Tensor | None]
# Fields (b, c, s...) -> what is added at each point.
Reaction = Callable[[Tensor], Tensor]


def solve_reacting(
    start: Tensor,
    lengths: Sequence[float],
    clock: Clock,
    linear: Symbol,
    reaction: Reaction,
    outer: Outer = lambda laplacian: None,
) -> Tensor:
    """Return the fields at the start and after every interval of ``clock``, ``(b, frames + 1, c, s...)``.

    Solves ``u_t = L u + M N(u)`` with periods ``lengths``, in any number of dimensions: ``L`` and ``M`` are functions
    of the Laplacian, ``N`` acts point by point. Spectral in space, fourth order in time. The start loses the waves
    that the two-thirds rule drops, and is returned without them.

    Args:
        start: ``(b, c, s...)``, float64.
        lengths: the periods, one per axis.
        clock: the intervals and the steps.
        linear: ``L``, per time.
        reaction: ``N``, per time (but for the unit of ``M``).
        outer: ``M``; the identity by default.

    Source: Kassam, Trefethen (2005), SIAM J. Sci. Comput. 26, 1214.
    """
    points = tuple(start.shape[-len(lengths) :])
    axes = tuple(range(-len(points), 0))
    laplacian = laplacian_symbol(points, lengths).to(start)
    kept = two_thirds(points).to(start.device)
    after = outer(laplacian)
    weight = torch.where(kept, torch.ones_like(laplacian) if after is None else after, 0.0)

    def nonlinear(spectrum: Tensor) -> Tensor:
        fields = torch.fft.irfftn(spectrum, s=points, dim=axes, norm="forward")
        return weight * torch.fft.rfftn(reaction(fields), dim=axes, norm="forward")

    first = torch.where(kept, torch.fft.rfftn(start, dim=axes, norm="forward"), 0)
    frames = evolve(nonlinear, linear(laplacian), first, clock)
    return torch.fft.irfftn(frames, s=points, dim=axes, norm="forward")


def laplacian_symbol(points: Sequence[int], lengths: Sequence[float]) -> Tensor:
    """Return the eigenvalues of the Laplacian on the real spectrum of ``points``, ``-|k|^2``, float64, ``(k...)``."""
    total = torch.zeros((), dtype=torch.float64)
    for wave, length in zip(integer_waves(points), lengths, strict=True):
        total = total - (2 * torch.pi / length * wave).square()
    return total
