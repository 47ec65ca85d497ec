"""Korteweg and de Vries's waves on a period: what steepens them and what spreads them can balance in a soliton."""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.semilinear import solve_semilinear


def solve_korteweg_de_vries(
    initial: Tensor, steepening: float, dispersion: float, length: float, clock: Clock, damping: float = 0.0
) -> Tensor:
    """Return the wave at the start and after every interval of ``clock``, shape ``(b, frames + 1, n)``.

    Solves ``u_t + steepening u u_x + dispersion u_xxx + damping u_xxxx = 0`` with period ``length``; see
    :func:`solve_semilinear`.

    Args:
        initial: ``u`` at the left ends of ``n`` equal cells, ``(b, n)``, float64.
        steepening: 1, or 6, or -6, as the paper has it.
        dispersion: length cubed per time.
        length: the period.
        clock: the intervals and the steps.
        damping: length to the fourth per time, none in the equation itself.

    Source: Kassam, Trefethen (2005), SIAM J. Sci. Comput. 26, 1214, section 4 (KdV).
    """
    return solve_semilinear(
        initial,
        lambda k: 1j * dispersion * k**3 - damping * k**4,
        lambda k: -0.5j * steepening * k,
        torch.square,
        length,
        clock,
    )
