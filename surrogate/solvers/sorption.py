"""A substance that diffuses through a column and clings to it: finite volumes, implicit steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from surrogate.errors import SolverError
from surrogate.solvers.tridiagonal import solve_tridiagonal

# Of the two implicit stages: what makes them stable for the stiffest modes, and of second order.
_GAMMA = 1 - 0.5**0.5
_NEWTON = 30
# Newton's corrections shrink quadratically: what this one leaves is near rounding.
_CLOSE = 1e-8
# Keeps the retardation finite where nothing is.
_SHIFT = 1e-6


@dataclass(frozen=True)
class Column:
    """``diffusivity`` in length squared per time; retardation ``1 + factor (u + 1e-6)^(exponent - 1)``."""

    diffusivity: float
    factor: float
    exponent: float


def held(concentration: Tensor, column: Column) -> Tensor:
    """Return what a volume holds, dissolved and clinging: the integral of the retardation from 0, at any shape.

    Below zero, where rounding may lead, it goes on in a straight line.
    """
    above = concentration.clamp(min=0)
    scale = column.factor / column.exponent
    clinging = scale * ((above + _SHIFT) ** column.exponent - _SHIFT**column.exponent)
    slope = 1 + column.factor * _SHIFT ** (column.exponent - 1)
    return above + clinging + slope * (concentration - above)


def advance(concentration: Tensor, column: Column, steps: Sequence[float]) -> Tensor:
    """Return ``u`` in the cells after the time steps ``steps``, ``(b, n)``; differentiable.

    Solves ``R(u) u_t = D u_xx`` on (0, 1), ``u = 1`` at the inlet ``x = 0``, ``u + D u_x = 0`` at the outlet ``x = 1``,
    as the balance ``held(u)_t = D u_xx`` of finite volumes with two-point fluxes, the boundary half a cell away from
    the centre of its cell: second order in space, conserving what is held. Two implicit stages of second order in time,
    stable for the stiffest modes; each is solved by Newton's method, which a sample leaves when it has converged.

    Raises:
        SolverError: Newton's method does not converge.

    Source: Alexander (1977), SIAM J. Numer. Anal. 14, 1006, theorem 5 (the stages, p = 2).
    """
    for step in steps:
        amount = held(concentration, column)
        inner = _implicit(concentration, amount, _GAMMA * step, column)
        moved = (held(inner, column) - amount) * ((1 - _GAMMA) / _GAMMA)
        ahead = concentration + (inner - concentration) / _GAMMA
        concentration = _implicit(ahead, amount + moved, _GAMMA * step, column)
    return concentration


def _implicit(guess: Tensor, amount: Tensor, step: float, column: Column) -> Tensor:
    """Return the ``u`` of ``held(u) = amount + step D u_xx``, by Newton's method from ``guess``."""
    cells = guess.shape[1]
    flow = step * column.diffusivity * cells**2
    neighbours = guess.new_full((1, cells - 1), -flow)
    stiffness = guess.new_full((cells,), 2 * flow)
    stiffness[0] = 3 * flow
    # Half a cell of column, then u = -D u_x: in series.
    outlet = step * cells / (1 + 1 / (2 * cells * column.diffusivity))
    stiffness[-1] = flow + outlet
    source = torch.zeros_like(guess[0])
    source[0] = 2 * flow
    active = torch.ones_like(guess[:, 0], dtype=torch.bool)
    for _ in range(_NEWTON):
        beside = pad(guess[:, :-1], (1, 0)) + pad(guess[:, 1:], (0, 1))
        wrong = held(guess, column) + stiffness * guess - flow * beside - amount - source
        retardation = 1 + column.factor * (guess.clamp(min=0) + _SHIFT) ** (column.exponent - 1)
        correction = solve_tridiagonal(retardation + stiffness, neighbours, wrong)
        guess = torch.where(active[:, None], guess - correction, guess)
        active = active & ~(correction.abs().amax(1) <= _CLOSE)
        if not bool(active.any()):
            return guess
    raise SolverError(
        f"Newton's method: a correction of {float(correction.abs().max()):.1e} after {_NEWTON} iterations"
    )
