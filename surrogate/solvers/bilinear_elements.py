"""The second opinion on potentials with given sides: bilinear finite elements and SuperLU, in numpy and SciPy.

It shares no code with the series: neither basis nor quadrature nor solver.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from numpy.typing import NDArray

Array = NDArray[np.float64]

_MASS = np.array([[2.0, 1.0], [1.0, 2.0]]) / 6
_STIFFNESS = np.array([[1.0, -1.0], [-1.0, 1.0]])


def bilinear_elements(
    coefficient: Array, forcing: Array, given: Array, spacing: tuple[float, float], screening: float
) -> Array:
    """Return ``u`` of ``-div(a grad u) + screening u = f`` at the nodes of ``n x m`` rectangles, ``(n + 1, m + 1)``.

    Args:
        coefficient: ``a``, constant on each rectangle, ``(n, m)``.
        forcing: ``f``, constant on each rectangle, ``(n, m)``.
        given: ``u`` at the nodes of the four sides, ``(n + 1, m + 1)``; NaN where it is to be found.
        spacing: the width of a rectangle along x and y.
        screening: not negative.

    Source: Brenner, Scott (2008), The Mathematical Theory of Finite Element Methods, chapters 0 and 3.
    """
    h, k = spacing
    number = np.arange(given.size).reshape(given.shape)
    corners = np.stack((number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:])).reshape(4, -1)
    stiffness = np.kron(_STIFFNESS / h, _MASS * k) + np.kron(_MASS * h, _STIFFNESS / k)
    sink = screening * h * k * np.kron(_MASS, _MASS)
    entries = (coefficient.ravel() * stiffness.reshape(16, 1) + sink.reshape(16, 1)).ravel()
    places = (np.repeat(corners, 4, axis=0).ravel(), np.tile(corners, (4, 1)).ravel())
    matrix = scipy.sparse.coo_array((entries, places), shape=(given.size, given.size)).tocsr()
    load = np.zeros(given.size)
    # Flat on both sides: numpy 2.4 reads beyond values that it has to repeat along an index of two axes.
    np.add.at(load, corners.ravel(), np.tile(forcing.ravel() * h * k / 4, 4))
    solution: Array = given.ravel().copy()
    free = np.isnan(solution)
    rows = matrix[free]
    factors = scipy.sparse.linalg.splu(
        rows[:, free].tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )
    solution[free] = factors.solve(load[free] - rows[:, ~free] @ solution[~free])
    return solution.reshape(given.shape)


def cell_means(nodes: Array) -> Array:
    """Return the means over the elements of a bilinear function, ``(n, m)`` from ``(n + 1, m + 1)``."""
    means: Array = (nodes[1:, 1:] + nodes[1:, :-1] + nodes[:-1, 1:] + nodes[:-1, :-1]) / 4
    return means
