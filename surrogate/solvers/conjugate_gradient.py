"""Preconditioned conjugate gradients for a batch of independent systems, each stopped by itself."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from surrogate.errors import SolverError

# How many times the residual that rounding of the solution leaves is taken for rounding.
ROUNDINGS = 4
# What it costs to make operator and preconditioner of a sample anew, in iterations.
NARROWING = 8

Map = Callable[[Tensor], Tensor]


def conjugate_gradient(
    operator: Map,
    preconditioner: Map,
    right: Tensor,
    tolerance: float,
    max_iterations: int,
    *,
    narrowed: Callable[[Tensor], tuple[Map, Map]] | None = None,
    rounding: Map | None = None,
    direct: Callable[[int], Tensor] | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the solutions ``u`` of ``A u = right``, the residuals reached, and the iterations it took.

    Shapes: ``right`` and ``u`` are ``(b, ...)``; residuals ``|right - A u| / |right|`` and iterations ``(b,)``. A
    sample that has reached ``tolerance`` no longer moves, so its values do not depend on the others of the batch.

    Args:
        operator: ``A``, symmetric, positive definite, treating the samples apart.
        preconditioner: the same of an approximation of its inverse.
        right: the right-hand sides.
        tolerance: of the relative residuals.
        max_iterations: after which a sample has not arrived.
        narrowed: returns operator and preconditioner of some samples alone, so that the others need not wait for them.
        rounding: returns the size of the residual that rounding of ``u`` leaves, ``(b,)``: no solution can be asked
            for less, unless ``tolerance`` is below rounding itself.
        direct: returns the solution of a sample that has not arrived.

    Raises:
        SolverError: a sample has not reached ``tolerance``; the message holds the residual reached.

    Source: Saad (2003), Iterative Methods for Sparse Linear Systems, algorithm 9.1.
    """
    size = _norm(right)
    field, iterations = _iterate(operator, preconditioner, right, tolerance * size, max_iterations, narrowed)
    # Rounding makes the recurrence forget the true residual: it is the true one that is judged and returned.
    unit = torch.where(size > 0, size, 1.0)
    reached = _norm(right - operator(field)) / unit
    allowed = _allowed(field, unit, tolerance, rounding)
    late = (~(reached <= allowed)).nonzero()[:, 0].tolist()
    if late and direct is not None and bool(torch.isfinite(right).all()):
        for sample in late:
            field[sample] = direct(sample)
        reached = _norm(right - operator(field)) / unit
        allowed = _allowed(field, unit, tolerance, rounding)
    if not bool((reached <= allowed).all()):
        worst = int((torch.nan_to_num(reached, nan=torch.inf) / allowed).argmax())
        raise SolverError(
            f"conjugate gradients: sample {worst} of the batch reached a relative residual of "
            f"{float(reached[worst]):.1e} after {int(iterations[worst])} iterations, expected {tolerance:.1e}"
        )
    return field, reached, iterations


def _iterate(
    operator: Map,
    preconditioner: Map,
    right: Tensor,
    bound: Tensor,
    max_iterations: int,
    narrowed: Callable[[Tensor], tuple[Map, Map]] | None,
) -> tuple[Tensor, Tensor]:
    solutions = torch.zeros_like(right)
    iterations = torch.zeros(len(right), dtype=torch.int64, device=right.device)
    samples = torch.arange(len(right), device=right.device)
    field, residual, direction = torch.zeros_like(right), right.clone(), torch.zeros_like(right)
    energy = torch.ones_like(bound)
    idle = 0
    for _ in range(max_iterations):
        active = _norm(residual) > bound
        left = int(active.sum())
        if not left:
            break
        idle += len(samples) - left
        if narrowed is not None and idle > NARROWING * left:
            idle = 0
            solutions[samples] = field
            kept = active.nonzero()[:, 0]
            samples, field, residual, direction = samples[kept], field[kept], residual[kept], direction[kept]
            energy, bound, active = energy[kept], bound[kept], active[kept]
            operator, preconditioner = narrowed(samples)
        corrected = preconditioner(residual)
        next_energy = _dot(residual, corrected)
        turn = torch.where(active, next_energy / energy, 0.0)
        torch.addcmul(corrected, _over(turn, right), direction, out=direction)
        energy = next_energy
        image = operator(direction)
        step = _over(torch.where(active, energy / _dot(direction, image), 0.0), right)
        field.addcmul_(step, direction)
        residual.addcmul_(step, image, value=-1)
        iterations[samples] += active
    solutions[samples] = field
    return solutions, iterations


def _allowed(field: Tensor, unit: Tensor, tolerance: float, rounding: Map | None) -> Tensor:
    allowed = torch.full_like(unit, 2 * tolerance)
    if rounding is None or tolerance < torch.finfo(field.dtype).eps:
        return allowed
    return torch.maximum(allowed, ROUNDINGS * rounding(field) / unit)


def _dot(left: Tensor, right: Tensor) -> Tensor:
    return (left * right).flatten(1).sum(1)


def _norm(field: Tensor) -> Tensor:
    return _dot(field, field).sqrt()


def _over(values: Tensor, like: Tensor) -> Tensor:
    return values.reshape(-1, *[1] * (like.ndim - 1))
