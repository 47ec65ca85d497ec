"""Viscous Burgers flow on a period."""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.semilinear import solve_semilinear


def solve_burgers(initial: Tensor, viscosity: float, length: float, clock: Clock) -> Tensor:
    """Return the velocity at the start and after every interval of ``clock``, shape ``(b, frames + 1, n)``.

    Solves ``u_t + u u_x = viscosity u_xx`` with period ``length``; see :func:`solve_semilinear`.

    Args:
        initial: ``u`` at the left ends of ``n`` equal cells, ``(b, n)``, float64, length per time.
        viscosity: length squared per time.
        length: the period.
        clock: the intervals and the steps.

    Source: Kassam, Trefethen (2005), SIAM J. Sci. Comput. 26, 1214, section 4 (Burgers).
    """
    return solve_semilinear(
        initial, lambda k: -viscosity * k.square(), lambda k: -0.5j * k, torch.square, length, clock
    )
