"""Symmetric tridiagonal systems, many at once, by parallel cyclic reduction."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import pad


def solve_tridiagonal(diagonal: Tensor, neighbours: Tensor, right: Tensor) -> Tensor:
    """Return the solutions of systems that are diagonally dominant, ``(b, n)``; differentiable.

    Every step doubles the distance of the unknowns that are still coupled, so ``log2 n`` steps of whole fields are
    enough, and the samples do not mix.

    Args:
        diagonal: ``(b, n)``.
        neighbours: the entries beside it, above and below alike, ``(b, n - 1)`` or ``(1, n - 1)``.
        right: ``(b, n)``.

    Source: Hockney, Jesshope (1981), Parallel Computers, section 5.4.
    """
    apart = 1
    while apart < diagonal.shape[1]:
        to_upper, to_lower = neighbours / diagonal[:, apart:], neighbours / diagonal[:, :-apart]
        reduced = pad(to_upper * neighbours, (0, apart)) + pad(to_lower * neighbours, (apart, 0))
        shifted = pad(to_upper * right[:, apart:], (0, apart)) + pad(to_lower * right[:, :-apart], (apart, 0))
        neighbours = -to_upper[:, : max(0, to_upper.shape[1] - apart)] * neighbours[:, apart:]
        diagonal, right = diagonal - reduced, right - shifted
        apart *= 2
    return right / diagonal
