"""Kuramoto and Sivashinsky's waves on a period: long ones grow, short ones fade, steepening feeds one by the other."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.semilinear import solve_semilinear


def solve_kuramoto_sivashinsky(
    initial: Tensor,
    steepening: float,
    growth: float,
    damping: float,
    length: float,
    clock: Clock,
    form: Literal["conservative", "gradient_norm"] = "conservative",
) -> Tensor:
    """Return the wave at the start and after every interval of ``clock``, shape ``(b, frames + 1, n)``.

    Solves, with period ``length``, see :func:`solve_semilinear`,

    * ``conservative``: ``u_t + steepening u u_x + growth u_xx + damping u_xxxx = 0``;
    * ``gradient_norm``: ``h_t + steepening / 2 h_x^2 + growth h_xx + damping h_xxxx = 0``.

    They are one equation for ``u = h_x``, and two for the same start.

    Args:
        initial: ``u`` or ``h`` at the left ends of ``n`` equal cells, ``(b, n)``, float64.
        steepening: 1 in most papers.
        growth: length squared per time, 1 in most papers.
        damping: length to the fourth per time, 1 in most papers; positive.
        length: the period.
        clock: the intervals and the steps.
        form: which of the two.

    Source: Kassam, Trefethen (2005), SIAM J. Sci. Comput. 26, 1214, equation (4.1).
    """

    def linear(k: Tensor) -> Tensor:
        return growth * k**2 - damping * k**4

    def slope(k: Tensor) -> Tensor:
        return 1j * k

    half = -0.5 * steepening
    if form == "conservative":
        return solve_semilinear(initial, linear, lambda k: half * slope(k), torch.square, length, clock)
    return solve_semilinear(initial, linear, torch.ones_like, lambda h: half * h.square(), length, clock, slope)
