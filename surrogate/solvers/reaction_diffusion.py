"""A density that spreads and reacts, or separates, on a period: Allen-Cahn, Fisher, Cahn-Hilliard."""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.semilinear import solve_semilinear


def solve_allen_cahn(initial: Tensor, diffusivity: float, reaction: float, length: float, clock: Clock) -> Tensor:
    """Return the phase at the start and after every interval of ``clock``, shape ``(b, frames + 1, n)``.

    Solves ``u_t = diffusivity u_xx + reaction (u - u^3)`` with period ``length``; see :func:`solve_semilinear`.

    Args:
        initial: ``u`` at the left ends of ``n`` equal cells, ``(b, n)``, float64.
        diffusivity: length squared per time.
        reaction: per time.
        length: the period.
        clock: the intervals and the steps.

    Source: Allen, Cahn (1979), Acta Metall. 27, 1085, equation (11).
    """
    return solve_semilinear(
        initial,
        lambda k: reaction - diffusivity * k.square(),
        torch.ones_like,
        lambda u: (-reaction) * (u * u.square()),
        length,
        clock,
    )


def solve_fisher(initial: Tensor, diffusivity: float, reaction: float, length: float, clock: Clock) -> Tensor:
    """Return the density at the start and after every interval of ``clock``, shape ``(b, frames + 1, n)``.

    Solves ``u_t = diffusivity u_xx + reaction u (1 - u)`` with period ``length``; see :func:`solve_semilinear`.

    Args:
        initial: ``u`` at the left ends of ``n`` equal cells, ``(b, n)``, float64.
        diffusivity: length squared per time.
        reaction: per time.
        length: the period.
        clock: the intervals and the steps.

    Source: Fisher (1937), Ann. Eugenics 7, 355, equation (1).
    """
    return solve_semilinear(
        initial,
        lambda k: reaction - diffusivity * k.square(),
        torch.ones_like,
        lambda u: (-reaction) * u.square(),
        length,
        clock,
    )


def solve_cahn_hilliard(initial: Tensor, mobility: float, stiffness: float, length: float, clock: Clock) -> Tensor:
    """Return the concentration at the start and after every interval of ``clock``, shape ``(b, frames + 1, n)``.

    Solves ``u_t = mobility (u^3 - u - stiffness u_xx)_xx`` with period ``length``; see :func:`solve_semilinear`.

    Args:
        initial: ``u`` at the left ends of ``n`` equal cells, ``(b, n)``, float64.
        mobility: length squared per time.
        stiffness: length squared: the width of an interface, squared.
        length: the period.
        clock: the intervals and the steps.

    Source: Cahn, Hilliard (1958), J. Chem. Phys. 28, 258.
    """
    return solve_semilinear(
        initial,
        lambda k: mobility * (k**2 - stiffness * k**4),
        lambda k: -mobility * k.square(),
        lambda u: u * u.square(),
        length,
        clock,
    )
