"""The second opinion on diffusion with any condition on each side: mixed finite elements and SuperLU, numpy, SciPy.

It shares no code with the finite volumes: neither unknowns nor means of the coefficient nor solver.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from numpy.typing import NDArray

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class FaceElements:
    """``-div(a grad u) = f`` on ``N x M`` equal rectangles, ``a`` and ``f`` constant on each, ``(N, M)``.

    ``values`` are what the four sides (west, east, south, north) give for each face, ``(M,)`` or ``(N,)``: ``u`` itself
    where a side is ``fixed``, else ``a du/dn + exchange u``. ``periodic`` axes have their ends joined.
    """

    coefficient: Array
    forcing: Array
    values: tuple[Array, Array, Array, Array]
    fixed: tuple[bool, bool, bool, bool]
    exchanges: tuple[float, float, float, float]
    periodic: tuple[bool, bool]
    spacing: tuple[float, float]

    def solve(self) -> Array:
        """Return the means of ``u`` over the cells, ``(N, M)``; of mean zero where nothing holds its level.

        Raviart-Thomas elements of lowest order, every integral exact, written for the values on the faces. A cell
        sends ``k_i (6 u - 4 p_i - 2 p_opposite)`` through face ``i``, where ``k`` is ``a`` times the length of the
        face over the width across it and ``u`` is the mean that makes the four add up to its source.

        Source: Boffi, Brezzi, Fortin (2013), Mixed Finite Element Methods and Applications, sections 7.1 and 7.2.
        """
        h, k = self.spacing
        source = self.forcing * h * k
        singular = not any(self.fixed) and max(self.exchanges) == 0
        if singular:
            entering = sum(value.sum() * length for value, length in zip(self.values, (k, k, h, h), strict=True))
            source = source - (source.sum() + entering) / source.size
        faces = self._faces()
        weights = (self.coefficient * k / h,) * 2 + (self.coefficient * h / k,) * 2
        total = weights[0] + weights[2]
        matrix, right = self._assembled(faces, weights, total, source)
        known = self._known(faces, len(right))
        if singular:
            known[0] = 0.0
        free, held = np.isnan(known), ~np.isnan(known)
        pressure: Array = np.where(held, known, 0.0)
        rows = matrix[free]
        factors = scipy.sparse.linalg.splu(
            rows[:, free].tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
        )
        pressure[free] = factors.solve(right[free] - rows[:, held] @ pressure[held])
        around = sum(weight * pressure[face] for weight, face in zip(weights, faces, strict=True))
        means: Array = (source + 6 * around) / (12 * total)
        return means - means.mean() if singular else means

    def _faces(self) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Return the numbers of the west, east, south and north face of each cell, ``(N, M)``."""
        n, m = self.coefficient.shape
        x = np.arange((n + 1) * m, dtype=np.int64).reshape(n + 1, m)
        y = (n + 1) * m + np.arange(n * (m + 1), dtype=np.int64).reshape(n, m + 1)
        if self.periodic[0]:
            x[-1] = x[0]
        if self.periodic[1]:
            y[:, -1] = y[:, 0]
        return x[:-1], x[1:], y[:, :-1], y[:, 1:]

    def _assembled(
        self, faces: tuple[Numbers, ...], weights: tuple[Array, ...], total: Array, source: Array
    ) -> tuple[scipy.sparse.csr_array, Array]:
        rows, columns, entries = [], [], []
        right = np.zeros(int(max(face.max() for face in faces)) + 1)
        for i in range(4):
            np.add.at(right, faces[i].ravel(), (weights[i] * source / (2 * total)).ravel())
            for j in range(4):
                own = 4 if i == j else 2 if i // 2 == j // 2 else 0
                rows.append(faces[i].ravel())
                columns.append(faces[j].ravel())
                entries.append((own * weights[i] - 3 * weights[i] * weights[j] / total).ravel())
        lengths = (self.spacing[1], self.spacing[1], self.spacing[0], self.spacing[0])
        for side, wall in enumerate(_walls(faces)):
            if not self.periodic[side // 2]:
                np.add.at(right, wall, self.values[side] * lengths[side])
                rows.append(wall)
                columns.append(wall)
                entries.append(np.full(len(wall), self.exchanges[side] * lengths[side]))
        places = (np.concatenate(rows), np.concatenate(columns))
        matrix = scipy.sparse.coo_array((np.concatenate(entries), places), shape=(len(right), len(right)))
        return matrix.tocsr(), right

    def _known(self, faces: tuple[Numbers, ...], size: int) -> Array:
        """Return the values of the fixed faces, NaN for all others, 0 for numbers that the joining left unused."""
        known = np.zeros(size)
        known[np.concatenate([face.ravel() for face in faces])] = np.nan
        for side, wall in enumerate(_walls(faces)):
            if self.fixed[side]:
                known[wall] = self.values[side]
        return known


def _walls(faces: tuple[Numbers, ...]) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    west, east, south, north = faces
    return west[0], east[-1], south[:, 0], north[:, -1]
