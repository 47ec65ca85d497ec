"""The second opinion on stiff evolutions of a line: difference matrices, their exponentials, Runge-Kutta; numpy only.

It shares no code with the spectral solvers: neither transforms nor phi functions nor torch. The waves differ by the
error of the differences, the time steps by another scheme.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from surrogate.solvers.box_differences import Sides, derivative

# Real fields or complex ones.
Field = NDArray[Any]


def derivative_matrix(points: int, order: int, spacing: float, sides: Sides = "periodic") -> NDArray[np.float64]:
    """Return the matrix of the derivative of ``order`` up to order ``spacing ** 8``; between walls, on cells.

    Odd orders are one first difference after as many second differences as it takes, so that what is odd stays odd.
    """
    matrix = np.eye(points)
    for _ in range(order // 2):
        matrix = derivative(matrix, 2, spacing, 0, sides)
    return derivative(matrix, 1, spacing, 0, sides) if order % 2 else matrix


def march_lines(
    matrix: Field, nonlinear: Callable[[Field], Field], starts: Field, interval: float, frames: int, steps: int
) -> Field:
    """Return ``v`` of ``v' = matrix v + nonlinear(v)``, the start and ``frames`` frames, shape ``(b, frames + 1, n)``.

    The linear part is taken exactly, by the exponential of its matrix; the rest by the classical Runge-Kutta method.

    Args:
        matrix: ``(n, n)``.
        nonlinear: of fields ``(n, b)``, one per column, acting on each by itself.
        starts: ``(b, n)``.
        interval: time between the frames.
        frames: how many follow the start.
        steps: per interval.

    Source: Lawson (1967), SIAM J. Numer. Anal. 4, 372, section 3.
    """
    step = interval / steps
    half = scipy.linalg.expm(step / 2 * matrix)
    v = np.ascontiguousarray(starts.T)
    kept = [v]
    for _ in range(frames):
        for _ in range(steps):
            first = nonlinear(v)
            carried = half @ v
            pushed = half @ first
            second = nonlinear(carried + step / 2 * pushed)
            third = nonlinear(carried + step / 2 * second)
            fourth = nonlinear(half @ (carried + step * third))
            v = half @ (carried + step / 6 * (pushed + 2 * (second + third))) + step / 6 * fourth
        kept.append(v)
    return np.stack(kept).transpose(2, 0, 1)
