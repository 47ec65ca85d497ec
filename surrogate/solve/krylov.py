"""Flexible preconditioned conjugate gradients from a guess, for a batch of systems that may each fail by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Map = Callable[[Tensor], Tensor]

# How often it starts again where rounding made the recurrence forget the true residual.
RESTARTS = 3


@dataclass(frozen=True)
class Iterated:
    """What the iteration left: ``field`` ``(b, ...)``, and for each sample, ``(b,)``, its steps and if it arrived."""

    field: Tensor
    iterations: Tensor
    arrived: Tensor


def flexible_conjugate_gradient(
    operator: Map, preconditioner: Map, right: Tensor, start: Tensor | None, tolerance: float, max_iterations: int
) -> Iterated:
    """Return what conjugate gradients make of ``A u = right`` in at most ``max_iterations`` steps.

    A sample whose true residual ``|right - A u|`` is at most ``tolerance |right|`` has arrived and no longer moves. One
    for which the preconditioner gives what is not finite, or not positive definite, stops where it stands. The samples
    never mix. The factor between directions is that of Polak and Ribiere, so a preconditioner in float32, or one that
    is not quite symmetric, costs steps and not the convergence.

    Args:
        operator: ``A``, symmetric and positive definite, in the precision of ``right``.
        preconditioner: something like its inverse.
        right: the right-hand sides, ``(b, ...)``.
        start: the first guess (None: zero); what of it is not finite is taken as zero.
        tolerance: of the relative residual of each sample, in the Euclidean norm.
        max_iterations: of each sample.

    Source: Golub, Ye (1999), Inexact preconditioned conjugate gradient method with inner-outer iteration, SIAM J. Sci.
    Comput. 21, 1305; Notay (2000), Flexible conjugate gradients, SIAM J. Sci. Comput. 22, 1444.
    """
    bound = tolerance * _norm(right)
    field = torch.zeros_like(right) if start is None else _finite(start).to(right).clone()
    iterations = torch.zeros(len(right), dtype=torch.int64, device=right.device)
    sound = torch.isfinite(bound)
    for _ in range(RESTARTS):
        residual = right - operator(field)
        if not bool((sound & (_norm(residual) > bound) & (iterations < max_iterations)).any()):
            break
        sound = _pass(operator, preconditioner, (field, residual), bound, iterations, sound, max_iterations)
    arrived = _norm(right - operator(field)) <= bound
    return Iterated(field, iterations, arrived)


def _pass(
    operator: Map,
    preconditioner: Map,
    state: tuple[Tensor, Tensor],
    bound: Tensor,
    iterations: Tensor,
    sound: Tensor,
    max_iterations: int,
) -> Tensor:
    """Move ``field`` and count ``iterations`` until the recurrence says that all arrived; return who is still sound."""
    field, residual = state
    direction = torch.zeros_like(field)
    corrected = image = None
    energy = step = torch.ones_like(bound)
    while True:
        active = sound & (_norm(residual) > bound) & (iterations < max_iterations)
        if not bool(active.any()):
            return sound
        corrected = preconditioner(residual).to(field)
        next_energy = _dot(residual, corrected)
        turn = torch.zeros_like(bound) if image is None else -step * _dot(corrected, image) / energy
        proposed = torch.addcmul(corrected, _over(torch.where(active, turn, 0.0), field), direction)
        image = operator(proposed)
        curvature = _dot(proposed, image)
        broken = active & ~((curvature > 0) & (next_energy > 0) & torch.isfinite(curvature + next_energy))
        sound, active = sound & ~broken, active & ~broken
        if not bool(sound.all()):
            keep = _over(active, field)
            proposed, image = torch.where(keep, proposed, 0.0), torch.where(keep, image, 0.0)
        direction, energy = proposed, torch.where(active, next_energy, 1.0)
        step = torch.where(active, energy / torch.where(active, curvature, 1.0), 0.0)
        field.addcmul_(_over(step, field), direction)
        residual.addcmul_(_over(step, field), image, value=-1)
        iterations += active


def _finite(start: Tensor) -> Tensor:
    """Return ``start`` with the samples that are not finite everywhere set to zero."""
    return torch.where(_over(torch.isfinite(start).flatten(1).all(1), start), start, 0.0)


def _dot(left: Tensor, right: Tensor) -> Tensor:
    return (left * right).flatten(1).sum(1)


def _norm(field: Tensor) -> Tensor:
    return torch.linalg.vector_norm(field.flatten(1), dim=1)


def _over(values: Tensor, like: Tensor) -> Tensor:
    return values.reshape(-1, *[1] * (like.ndim - 1))
