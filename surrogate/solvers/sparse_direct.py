"""SciPy's sparse factorisation, for the systems on which an iteration does not arrive."""

from __future__ import annotations

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from numpy.typing import NDArray

Array = NDArray[np.float64]


def solve_directly(diagonal: Array, x: Array, y: Array, right: Array) -> Array:
    """Return the solution of a symmetric five-point stencil, ``(n, m)``, refined once.

    Args:
        diagonal: of the points, ``(n, m)``.
        x: the couplings of neighbours along x, ``(n - 1, m)``, of which the stencil takes its neighbours' values.
        y: those along y, ``(n, m - 1)``.
        right: shape ``(n, m)``.
    """
    points = np.arange(diagonal.size).reshape(diagonal.shape)
    rows = (points, points[1:], points[:-1], points[:, 1:], points[:, :-1])
    columns = (points, points[:-1], points[1:], points[:, :-1], points[:, 1:])
    values = np.concatenate([part.ravel() for part in (diagonal, -x, -x, -y, -y)])
    where = tuple(np.concatenate([part.ravel() for part in parts]) for parts in (rows, columns))
    matrix = scipy.sparse.coo_array((values, where), shape=(diagonal.size,) * 2).tocsc()
    factors = scipy.sparse.linalg.splu(
        matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )
    flat = factors.solve(right.ravel())
    flat += factors.solve(right.ravel() - matrix @ flat)
    solution: Array = flat.reshape(diagonal.shape)
    return solution
