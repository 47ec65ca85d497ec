"""Preconditioned conjugate gradients for a batch of independent systems, each stopped by itself."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from surrogate.errors import SolverError

Map = Callable[[Tensor], Tensor]


def conjugate_gradient(
    operator: Map, preconditioner: Map, right: Tensor, tolerance: float, max_iterations: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the solutions ``u`` of ``A u = right``, the residuals reached, and the iterations it took.

    Shapes: ``right`` and ``u`` are ``(b, ...)``; residuals ``|right - A u| / |right|`` and iterations ``(b,)``. A
    sample that has reached ``tolerance`` no longer moves, so its values do not depend on the others of the batch.
    ``operator`` and ``preconditioner`` are symmetric, positive definite, and treat the samples apart.

    Raises:
        SolverError: a sample has not reached ``tolerance``; the message holds the residual reached.

    Source: Saad (2003), Iterative Methods for Sparse Linear Systems, algorithm 9.1.
    """
    field = torch.zeros_like(right)
    residual = right.clone()
    size = _dot(right, right).sqrt()
    bound = tolerance * size
    iterations = torch.zeros(len(right), dtype=torch.int64, device=right.device)
    direction = torch.zeros_like(right)
    energy = torch.ones_like(size)
    for _ in range(max_iterations):
        active = _dot(residual, residual).sqrt() > bound
        if not active.any():
            break
        corrected = preconditioner(residual)
        next_energy = _dot(residual, corrected)
        turn = torch.where(active, next_energy / energy, 0.0)
        direction = corrected.addcmul_(_over(turn, right), direction)
        energy = next_energy
        image = operator(direction)
        step = _over(torch.where(active, energy / _dot(direction, image), 0.0), right)
        field.addcmul_(step, direction)
        residual.addcmul_(step, image, value=-1)
        iterations += active
    # Rounding makes the recurrence forget the true residual: it is the true one that is judged and returned.
    residual = right - operator(field)
    reached = _dot(residual, residual).sqrt() / torch.where(size > 0, size, 1.0)
    if not bool((reached <= 2 * tolerance).all()):
        worst = int(torch.nan_to_num(reached, nan=torch.inf).argmax())
        raise SolverError(
            f"conjugate gradients: sample {worst} of the batch reached a relative residual of "
            f"{float(reached[worst]):.1e} after {int(iterations[worst])} iterations, expected {tolerance:.1e}"
        )
    return field, reached, iterations


def _dot(left: Tensor, right: Tensor) -> Tensor:
    return (left * right).flatten(1).sum(1)


def _over(values: Tensor, like: Tensor) -> Tensor:
    return values.reshape(-1, *[1] * (like.ndim - 1))
