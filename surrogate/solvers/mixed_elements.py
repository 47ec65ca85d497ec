"""Flow through a porous rectangle by mixed finite elements and a sparse direct solve: a second opinion on Darcy."""

from __future__ import annotations

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from numpy.typing import NDArray


def mixed_elements(
    permeability: NDArray[np.float64], forcing: float, spacing: tuple[float, float]
) -> NDArray[np.float64]:
    """Return the mean pressures of the cells, ``(n, m)``: ``-div(a grad u) = forcing``, ``u = 0`` on the boundary.

    Raviart-Thomas elements of lowest order, one to a cell, every integral exact, written for the pressures on the
    faces (which is a primal, nonconforming method). Energies are bounded from above where elements of nodal values
    bound them from below, so the two err to opposite sides. Two numbers per cell and a direct solve: meant for up to
    512 x 512 cells.

    Args:
        permeability: ``a`` in the cells, shape ``(n, m)``, positive.
        forcing: ``f``, the same everywhere.
        spacing: the width of a cell along x and y.

    Source: Boffi, Brezzi, Fortin (2013), Mixed Finite Element Methods and Applications, sections 7.1 and 7.2.
    """
    n, m = permeability.shape
    along_x = permeability * (spacing[1] / spacing[0])
    along_y = permeability * (spacing[0] / spacing[1])
    weights, total = (along_x, along_x, along_y, along_y), along_x + along_y
    faces = _faces(n, m)
    source = forcing * spacing[0] * spacing[1]
    inner = (n - 1) * m + n * (m - 1)
    # A cell with face pressures p sends 4 k_i p_i + 2 k_i p_opposite - 3 k_i sum(k p) / K through face i, less its
    # share of the source, k_i / (2 K); the pressure of the cell itself is eliminated.
    right = np.zeros(inner + 1)
    rows, columns, values = [], [], []
    for i in range(4):
        np.add.at(right, faces[i], source * weights[i] / (2 * total))
        for j in range(4):
            own = 4.0 if i == j else 2.0 if i // 2 == j // 2 else 0.0
            rows.append(faces[i].ravel())
            columns.append(faces[j].ravel())
            values.append((own * weights[i] - 3 * weights[i] * weights[j] / total).ravel())
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    matrix = scipy.sparse.coo_array(entries, shape=(inner + 1, inner + 1)).tocsc()[:inner, :inner]
    factors = scipy.sparse.linalg.splu(
        matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )
    pressure = np.append(factors.solve(right[:inner]), 0.0)
    x = pressure[faces[0]] + pressure[faces[1]]
    y = pressure[faces[2]] + pressure[faces[3]]
    means: NDArray[np.float64] = (source + 6 * along_x * x + 6 * along_y * y) / (12 * total)
    return means


def _faces(n: int, m: int) -> tuple[NDArray[np.int64], ...]:
    """Return the numbers of the low and high face of every cell along x, then along y; those of the walls come last."""
    across_x, across_y = (n - 1) * m, n * (m - 1)
    x = np.full((n + 1, m), across_x + across_y)
    y = np.full((n, m + 1), across_x + across_y)
    x[1:n] = np.arange(across_x).reshape(n - 1, m)
    y[:, 1:m] = across_x + np.arange(across_y).reshape(n, m - 1)
    return x[:-1], x[1:], y[:, :-1], y[:, 1:]
