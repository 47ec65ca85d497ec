"""Exponential time differencing, fourth order: stiff linear waves exactly, the rest by Runge-Kutta."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

# Points of the circle over which the phi functions are averaged: the error falls like 1 / 32!.
CONTOUR = 32
# Bytes of the largest block by which the C library of Linux learns what to keep for itself.
KEPT = 32_000_000


@dataclass(frozen=True)
class Clock:
    """``frames`` intervals of length ``interval``, each in ``steps`` equal steps."""

    frames: int
    interval: float
    steps: int

    @property
    def step(self) -> float:
        return self.interval / self.steps


@dataclass(frozen=True)
class Etdrk4:
    """One step of ``v' = L v + N(v)`` with a diagonal ``L``; see :func:`etdrk4`."""

    whole: Tensor
    half: Tensor
    inner: Tensor
    back: Tensor
    twice: Tensor
    first: Tensor
    middle: Tensor
    last: Tensor

    def __call__(self, nonlinear: Callable[[Tensor], Tensor], state: Tensor) -> Tensor:
        """Return the state one step later."""
        n0 = nonlinear(state)
        b = self.half * state
        na = nonlinear(torch.addcmul(b, self.inner, n0))
        nb = nonlinear(b.addcmul_(self.inner, na))
        result = self.whole * state
        nc = nonlinear(torch.addcmul(result, self.back, n0).addcmul_(self.twice, nb))
        return result.addcmul_(self.first, n0).addcmul_(self.middle, na + nb).addcmul_(self.last, nc)


def etdrk4(linear: Tensor, step: float, dtype: torch.dtype | None = None) -> Etdrk4:
    """Return the stepper for the diagonal ``linear`` and the time step ``step``, for states of ``dtype``.

    The phi functions lose all digits near zero when evaluated as written, so they are averaged over a circle of
    radius one around each ``step * linear``: the whole circle where ``linear`` is complex; where it is real, the lower
    half holds the conjugates of the upper. Factors of the dtype of the state spare it a conversion at every product.

    Source: Kassam, Trefethen (2005), SIAM J. Sci. Comput. 26, 1214, equations (2.5) and section 3. Their last stage,
    ``half a + inner (2 N(b) - N(u))``, is written here with ``half a = whole u + half inner N(u)``.
    """
    if not linear.is_complex():  # Many waves share a length, so a value.
        values, where = torch.unique(linear, return_inverse=True)
        return _stepper(values, step, CONTOUR // 2, lambda factor: factor[where].to(dtype or factor.dtype))
    return _stepper(linear, step, CONTOUR, lambda factor: factor.to(dtype or factor.dtype))


def _stepper(linear: Tensor, step: float, points: int, shaped: Callable[[Tensor], Tensor]) -> Etdrk4:
    z = step * linear
    angles = 2 * math.pi * (torch.arange(points, dtype=torch.float64, device=z.device) + 0.5) / CONTOUR
    r = z + torch.polar(torch.ones_like(angles), angles).reshape(-1, *[1] * z.ndim)
    e, square = torch.exp(r), r * r
    cube = 1 / (r * square)
    terms = (
        torch.expm1(r / 2) / r,
        (-4 - r + e * (4 - 3 * r + square)) * cube,
        2 * (2 + r + e * (r - 2)) * cube,
        (-4 - 3 * r - square + e * (4 - r)) * cube,
    )
    mean = step * torch.stack([term.mean(0) for term in terms])
    inner, first, middle, last = mean if z.is_complex() else mean.real.contiguous()
    whole, half = torch.exp(z), torch.exp(z / 2)
    factors = (whole, half, inner, (half - 1) * inner, 2 * inner, first, middle, last)
    return Etdrk4(*(shaped(factor) for factor in factors))


def evolve(nonlinear: Callable[[Tensor], Tensor], linear: Tensor, state: Tensor, clock: Clock) -> Tensor:
    """Return ``v`` of ``v' = linear v + nonlinear(v)`` at the ends of all intervals, the start first, stacked at 1.

    Shapes: ``state`` is ``(b, k...)``, ``linear`` ``(k...)``, the result ``(b, frames + 1, k...)``.
    """
    return advance(etdrk4(linear, clock.step, torch.promote_types(linear.dtype, state.dtype)), nonlinear, state, clock)


def advance(step: Etdrk4, nonlinear: Callable[[Tensor], Tensor], state: Tensor, clock: Clock) -> Tensor:
    """Return what :func:`evolve` returns, by a stepper for the steps of ``clock``."""
    _keep_memory()
    frames, done = [state], 1
    state = step(nonlinear, state)
    # Where nothing has a gradient, torch need not look for one at every product: a tenth of the time of small grids.
    with torch.inference_mode(not state.requires_grad):
        for _ in range(clock.frames):
            for _ in range(clock.steps - done):
                state = step(nonlinear, state)
            frames.append(state)
            done = 0
    return torch.stack(frames, dim=1)


def _keep_memory() -> None:
    """Let the C library keep the memory that a step frees for the next step.

    It gives blocks back to the system and takes them again, page by page, unless it has seen as large a block come and
    go: half of the time of a step at 512 x 512. The block here is never touched, so it takes no memory.
    """
    torch.empty(KEPT, dtype=torch.uint8)
