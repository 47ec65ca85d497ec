"""Exponential time differencing, fourth order: stiff linear waves exactly, the rest by Runge-Kutta."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

# Points of the circle over which the phi functions are averaged: the error falls like 1 / 32!.
CONTOUR = 32


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
    first: Tensor
    middle: Tensor
    last: Tensor

    def __call__(self, nonlinear: Callable[[Tensor], Tensor], state: Tensor) -> Tensor:
        """Return the state one step later."""
        n0 = nonlinear(state)
        propagated = self.half * state
        a = torch.addcmul(propagated, self.inner, n0)
        na = nonlinear(a)
        b = torch.addcmul(propagated, self.inner, na)
        nb = nonlinear(b)
        c = torch.addcmul(self.half * a, self.inner, 2 * nb - n0)
        nc = nonlinear(c)
        result = torch.addcmul(self.whole * state, self.first, n0)
        return result.addcmul_(self.middle, na + nb).addcmul_(self.last, nc)


def etdrk4(linear: Tensor, step: float) -> Etdrk4:
    """Return the stepper for the diagonal ``linear`` and the time step ``step``.

    The phi functions lose all digits near zero when evaluated as written, so they are averaged over a circle of
    radius one around each ``step * linear``: the whole circle, which is right for complex ``linear`` too.

    Source: Kassam, Trefethen (2005), SIAM J. Sci. Comput. 26, 1214, equations (2.5) and section 3.
    """
    z = step * linear
    total = torch.zeros(4, *z.shape, dtype=torch.complex128, device=z.device)
    for point in range(CONTOUR):
        angle = 2 * math.pi * (point + 0.5) / CONTOUR
        r = z + complex(math.cos(angle), math.sin(angle))
        e = torch.exp(r)
        total[0] += torch.expm1(r / 2) / r
        total[1] += (-4 - r + e * (4 - 3 * r + r**2)) / r**3
        total[2] += 2 * (2 + r + e * (r - 2)) / r**3
        total[3] += (-4 - 3 * r - r**2 + e * (4 - r)) / r**3
    mean = total * (step / CONTOUR)
    inner, first, middle, last = mean if z.is_complex() else mean.real.contiguous()
    return Etdrk4(torch.exp(z), torch.exp(z / 2), inner, first, middle, last)


def evolve(nonlinear: Callable[[Tensor], Tensor], linear: Tensor, state: Tensor, clock: Clock) -> Tensor:
    """Return ``v`` of ``v' = linear v + nonlinear(v)`` at the ends of all intervals, the start first, stacked at 1.

    Shapes: ``state`` is ``(b, k...)``, ``linear`` ``(k...)``, the result ``(b, frames + 1, k...)``.
    """
    step = etdrk4(linear, clock.step)
    frames = [state]
    for _ in range(clock.frames):
        for _ in range(clock.steps):
            state = step(nonlinear, state)
        frames.append(state)
    return torch.stack(frames, dim=1)
