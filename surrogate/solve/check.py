"""The residual of a solution by other means: a SciPy matrix built from the fields, sharing no code with the solvers.

Shapes: n and m cells along x and y; arrays of one sample.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from surrogate.solvers.dirichlet_problem import DirichletProblem

Array = NDArray[np.float64]


def checked_residual(problem: DirichletProblem, field: Array) -> Array:
    """Return ``|b - A u| / |b|`` of each sample, ``(b,)``, for ``u`` of shape ``(b, n, m)``.

    Where ``b`` is zero it is 0 for the solution, which is zero, and infinity for anything else.
    """
    coefficients, forcings = problem.coefficient.cpu().numpy(), problem.forcing.cpu().numpy()
    values = [value.cpu().numpy() for value in problem.values]
    residuals = []
    for sample, (coefficient, forcing) in enumerate(zip(coefficients, forcings, strict=True)):
        sides = [value[sample] for value in values]
        matrix, right = assemble(coefficient, forcing, sides, problem.screening, problem.spacing)
        left = float(np.linalg.norm(right - matrix @ field[sample].ravel()))
        size = float(np.linalg.norm(right))
        residuals.append(left / size if size > 0 else (math.inf if left > 0 else 0.0))
    return np.asarray(residuals)


def assemble(
    coefficient: Array, forcing: Array, sides: list[Array], screening: float, spacing: tuple[float, float]
) -> tuple[scipy.sparse.csr_array, Array]:
    """Return the matrix ``D^T W D + s`` and the right-hand side of a sample.

    ``D`` takes the values of cells to their rise across every face, from the wall and to it; ``W`` holds the length of
    each face over what resists the flow through it: half a cell on either side.
    """
    n, m = coefficient.shape
    h, k = spacing
    through_x = k / _resistances(coefficient, h)
    through_y = h / _resistances(coefficient.T, k).T
    rises_x = scipy.sparse.kron(_rises(n), scipy.sparse.eye_array(m), format="csr")
    rises_y = scipy.sparse.kron(scipy.sparse.eye_array(n), _rises(m), format="csr")
    matrix = rises_x.T @ scipy.sparse.diags_array(through_x.ravel()) @ rises_x
    matrix = matrix + rises_y.T @ scipy.sparse.diags_array(through_y.ravel()) @ rises_y
    matrix = matrix + screening * h * k * scipy.sparse.eye_array(n * m)
    right = forcing * (h * k)
    west, east, south, north = sides
    right[0] += through_x[0] * west
    right[-1] += through_x[-1] * east
    right[:, 0] += through_y[:, 0] * south
    right[:, -1] += through_y[:, -1] * north
    return matrix.tocsr(), right.ravel()


def _resistances(coefficient: Array, width: float) -> Array:
    """Return the resistance of every face across the first axis, walls included, for a face of length 1."""
    halves = np.vstack([np.zeros(coefficient.shape[1]), width / 2 / coefficient, np.zeros(coefficient.shape[1])])
    faces: Array = halves[:-1] + halves[1:]
    return faces


def _rises(cells: int) -> scipy.sparse.csr_array:
    ones = np.ones(cells)
    return scipy.sparse.diags_array([ones, -ones], offsets=[0, -1], shape=(cells + 1, cells), format="csr")
