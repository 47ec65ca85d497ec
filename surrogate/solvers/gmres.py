"""Generalised minimal residuals, for a system that need not be positive."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from surrogate.errors import SolverError

Map = Callable[[Tensor], Tensor]


def gmres(
    operator: Map, preconditioner: Map, right: Tensor, tolerance: float, max_iterations: int
) -> tuple[Tensor, Tensor, int]:
    """Return the solution ``u`` of ``A u = right``, the residual ``|right - A u| / |right|`` and the iterations.

    Preconditioned from the right and never restarted, so it keeps ``max_iterations`` fields at most. ``right`` and
    ``u`` have shape ``(n,)``; ``right`` is not zero.

    Raises:
        SolverError: ``tolerance`` is not reached; the message holds the residual reached.

    Source: Saad (2003), Iterative Methods for Sparse Linear Systems, algorithm 9.5.
    """
    size = right.norm()
    basis = [right / size]
    corrected: list[Tensor] = []
    triangle = right.new_zeros(max_iterations + 1, max_iterations)
    weights = right.new_zeros(0)
    for step in range(max_iterations):
        corrected.append(preconditioner(basis[step]))
        image = operator(corrected[step])
        for _ in range(2):  # twice is enough for orthogonality to rounding
            for row in range(step + 1):
                part = (basis[row] * image).sum()
                triangle[row, step] += part
                image = image - part * basis[row]
        triangle[step + 1, step] = image.norm()
        weights, distance = _least_squares(triangle[: step + 2, : step + 1])
        if not float(distance) > tolerance or not float(image.norm()) > 0:
            break
        basis.append(image / image.norm())
    solution = torch.stack([weight * field for weight, field in zip(weights, corrected, strict=True)]).sum(0) * size
    # Rounding makes the small system forget the true residual: it is the true one that is judged and returned.
    reached = (right - operator(solution)).norm() / size
    if not float(reached) <= 2 * tolerance:
        raise SolverError(
            f"minimal residuals: a relative residual of {float(reached):.1e} after {len(corrected)} iterations, "
            f"expected {tolerance:.1e}"
        )
    return solution, reached, len(corrected)


def _least_squares(triangle: Tensor) -> tuple[Tensor, Tensor]:
    """Return the weights of the columns that come nearest to the first unit vector, and how near that is."""
    unit = torch.zeros_like(triangle[:, :1])
    unit[0] = 1.0
    frame, upper = torch.linalg.qr(triangle)
    weights = torch.linalg.solve_triangular(upper, frame.mT @ unit, upper=True)
    return weights[:, 0], (triangle @ weights - unit).norm()
