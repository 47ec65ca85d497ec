"""The second opinion on steady diffusion in a rectangle: bilinear finite elements and SuperLU, in numpy and SciPy.

It shares no code with the finite volumes and the series: neither unknowns nor quadrature nor solver.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from numpy.typing import NDArray

Array = NDArray[np.float64]

_MASS = np.array([[2.0, 1.0], [1.0, 2.0]]) / 6
_STIFFNESS = np.array([[1.0, -1.0], [-1.0, 1.0]])


@dataclass(frozen=True)
class BilinearElements:
    """``-div(a grad u) + screening u = f`` on ``N x M`` equal rectangles, ``u`` bilinear on each.

    ``coefficient`` and ``forcing`` are constant on each, ``(N, M)``. ``fixed`` ``(N + 1, M + 1)`` holds the nodes where
    ``u`` is given, NaN where it is not. On the four sides (west, east, south, north) ``a du/dn + exchanges u = fluxes``
    with one flux for each edge, ``(M,)`` or ``(N,)``. ``periodic`` axes have their last nodes joined to the first.
    """

    coefficient: Array
    forcing: Array
    fixed: Array
    fluxes: tuple[Array, Array, Array, Array]
    exchanges: tuple[float, float, float, float]
    spacing: tuple[float, float]
    periodic: tuple[bool, bool]
    screening: float

    @classmethod
    def fixed_sides(
        cls, coefficient: Array, forcing: Array, fixed: Array, spacing: tuple[float, float], screening: float
    ) -> BilinearElements:
        """Return the problem whose values are given at the nodes of all four sides."""
        n, m = coefficient.shape
        fluxes = (np.zeros(m), np.zeros(m), np.zeros(n), np.zeros(n))
        return cls(coefficient, forcing, fixed, fluxes, (0.0, 0.0, 0.0, 0.0), spacing, (False, False), screening)

    def solve(self) -> Array:
        """Return ``u`` at the nodes, ``(N + 1, M + 1)``; of mean zero where nothing holds its level.

        Source: Brenner, Scott (2008), The Mathematical Theory of Finite Element Methods, chapters 0 and 3.
        """
        number = self._numbers()
        matrix, load = self._assembled(number)
        size = len(load)
        given = np.full(size, np.nan)
        known = np.isfinite(self.fixed)
        given[number[known]] = self.fixed[known]
        area = np.bincount(_corners(number).ravel(), minlength=size) / (4 * self.coefficient.size)
        singular = not known.any() and self.screening == 0 and max(self.exchanges) == 0
        if singular:
            load = load - area * load.sum()
            given[0] = 0.0
        free, held = np.isnan(given), ~np.isnan(given)
        solution: Array = np.where(held, given, 0.0)
        matrix = matrix.tocsr()[free]
        factors = scipy.sparse.linalg.splu(
            matrix[:, free].tocsc(),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
        solution[free] = factors.solve(load[free] - matrix[:, held] @ solution[held])
        if singular:
            solution -= (area * solution).sum()
        nodes: Array = solution[number]
        return nodes

    def _numbers(self) -> NDArray[np.int64]:
        """Return the number of the unknown at each node."""
        n, m = self.coefficient.shape
        rows = np.arange(n + 1, dtype=np.int64) % (n if self.periodic[0] else n + 1)
        columns = np.arange(m + 1, dtype=np.int64) % (m if self.periodic[1] else m + 1)
        return rows[:, None] * (columns.max() + 1) + columns

    def _assembled(self, number: NDArray[np.int64]) -> tuple[scipy.sparse.coo_array, Array]:
        h, k = self.spacing
        corners, size = _corners(number).reshape(4, -1), int(number.max()) + 1
        stiffness = np.kron(_STIFFNESS / h, _MASS * k) + np.kron(_MASS * h, _STIFFNESS / k)
        sink = self.screening * h * k * np.kron(_MASS, _MASS)
        entries = [(self.coefficient.ravel() * stiffness.reshape(16, 1) + sink.reshape(16, 1)).ravel()]
        rows, columns = [np.repeat(corners, 4, axis=0).ravel()], [np.tile(corners, (4, 1)).ravel()]
        load = _summed(corners, np.tile(self.forcing.ravel() * h * k / 4, 4), size)
        edges = (number[0], number[-1], number[:, 0], number[:, -1])
        for edge, flux, exchange, length in zip(edges, self.fluxes, self.exchanges, (k, k, h, h), strict=True):
            ends = np.stack((edge[:-1], edge[1:]))
            load += _summed(ends, np.tile(flux * length / 2, 2), size)
            rows.append(np.repeat(ends, 2, axis=0).ravel())
            columns.append(np.tile(ends, (2, 1)).ravel())
            entries.append(np.repeat(exchange * length * _MASS.ravel(), ends.shape[1]))
        places = (np.concatenate(rows), np.concatenate(columns))
        return scipy.sparse.coo_array((np.concatenate(entries), places), shape=(size, size)), load


def cell_means(nodes: Array) -> Array:
    """Return the means over the elements of a bilinear function, ``(N, M)`` from ``(N + 1, M + 1)``."""
    means: Array = (nodes[1:, 1:] + nodes[1:, :-1] + nodes[:-1, 1:] + nodes[:-1, :-1]) / 4
    return means


def _corners(number: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of the corners of each element, ``(4, N, M)``."""
    return np.stack((number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]))


def _summed(places: NDArray[np.int64], values: Array, size: int) -> Array:
    total = np.zeros(size)
    np.add.at(total, places.ravel(), values)
    return total
