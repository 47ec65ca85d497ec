"""Flow through a porous box by mixed finite elements and SciPy's solvers: a second opinion on Darcy."""

from __future__ import annotations

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from numpy.typing import NDArray

from surrogate.errors import SolverError

Array = NDArray[np.float64]
# Of conjugate gradients, where a factorisation would need too much room.
TOLERANCE = 1e-10


def mixed_elements(permeability: Array, forcing: float, spacing: tuple[float, ...]) -> Array:
    """Return the mean pressures of the cells, ``(s...)``: ``-div(a grad u) = forcing``, ``u = 0`` on the boundary.

    Raviart-Thomas elements of lowest order, one to a cell, every integral exact, written for the pressures on the
    faces (which is a primal, nonconforming method). Energies are bounded from above where elements of nodal values
    bound them from below, so the two err to opposite sides. One number per face, by a direct solve on two axes (meant
    for up to 512 x 512 cells), by conjugate gradients on more.

    Args:
        permeability: ``a`` in the cells, one axis per entry of ``spacing``, positive.
        forcing: ``f``, the same everywhere.
        spacing: the width of a cell along each axis.

    Raises:
        SolverError: conjugate gradients do not arrive.

    Source: Boffi, Brezzi, Fortin (2013), Mixed Finite Element Methods and Applications, sections 7.1 and 7.2.
    """
    volume = float(np.prod(spacing))
    along = [permeability * (volume / width**2) for width in spacing]
    weights = [weight for weight in along for _ in range(2)]
    total = np.sum(along, axis=0)
    faces, inner = _faces(permeability.shape)
    source = forcing * volume
    # A cell with face pressures p sends 4 k_i p_i + 2 k_i p_opposite - 3 k_i sum(k p) / K through face i, less its
    # share of the source, k_i / (2 K); the pressure of the cell itself is eliminated.
    right = np.zeros(inner + 1)
    rows, columns, values = [], [], []
    for i, weight in enumerate(weights):
        np.add.at(right, faces[i], source * weight / (2 * total))
        for j, other in enumerate(weights):
            own = 4.0 if i == j else 2.0 if i // 2 == j // 2 else 0.0
            rows.append(faces[i].ravel())
            columns.append(faces[j].ravel())
            values.append((own * weight - 3 * weight * other / total).ravel())
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    matrix = scipy.sparse.coo_array(entries, shape=(inner + 1, inner + 1)).tocsc()[:inner, :inner]
    pressure = np.append(_solve(matrix, right[:inner], direct=permeability.ndim < 3), 0.0)
    entering = np.sum([weight * pressure[face] for weight, face in zip(weights, faces, strict=True)], axis=0)
    means: Array = (source + 6 * entering) / (12 * total)
    return means


def _solve(matrix: scipy.sparse.csc_array, right: Array, direct: bool) -> Array:
    if direct:
        factors = scipy.sparse.linalg.splu(
            matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
        )
        return factors.solve(right)
    jacobi = scipy.sparse.diags_array(1 / matrix.diagonal())
    solved, failed = scipy.sparse.linalg.cg(matrix.tocsr(), right, rtol=TOLERANCE, M=jacobi)
    if failed:
        reached = np.linalg.norm(right - matrix @ solved) / np.linalg.norm(right)
        raise SolverError(f"mixed elements: conjugate gradients stopped at a relative residual of {reached:.1e}")
    solution: Array = solved
    return solution


def _faces(shape: tuple[int, ...]) -> tuple[list[NDArray[np.int64]], int]:
    """Return the numbers of the low and high face of every cell along each axis, and of the first face of a wall."""
    faces, first = [], 0
    whole = int(np.prod(shape))
    inner = sum(whole // n * (n - 1) for n in shape)
    for axis, n in enumerate(shape):
        across = tuple(n - 1 if other == axis else m for other, m in enumerate(shape))
        numbers = first + np.arange(np.prod(across)).reshape(across)
        first += numbers.size
        around = [(1, 1) if other == axis else (0, 0) for other in range(len(shape))]
        numbers = np.pad(numbers, around, constant_values=inner)
        faces += [np.delete(numbers, n, axis), np.delete(numbers, 0, axis)]
    return faces, inner
