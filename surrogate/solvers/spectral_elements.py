"""Polynomials of high degree on the intervals of a line: Gauss-Lobatto points, matrices, interpolation. Numpy, float64.

The points of neighbouring intervals share their ends. Integrals are sums over the points, which makes the mass matrix
diagonal; for smooth functions the error falls exponentially with the degree.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ElementsOnLine:
    """Points of all intervals, increasing; ``weights`` of integrals over them; ``stiffness``, integrals of slopes."""

    points: Array
    weights: Array
    stiffness: Array

    def modes(self) -> tuple[Array, Array]:
        """Return the eigenvalues of ``-d_xx`` with free ends and, as columns, its modes, orthonormal in ``weights``."""
        return _modes(self.weights, self.stiffness)

    def pinned_modes(self) -> tuple[Array, Array]:
        """Return the same with both ends held at zero."""
        eigenvalues, vectors = _modes(self.weights[1:-1], self.stiffness[1:-1, 1:-1])
        return eigenvalues, np.pad(vectors, ((1, 1), (0, 0)))


def line(breaks: Sequence[float], degree: int) -> ElementsOnLine:
    """Return the points and matrices of polynomials of ``degree`` between neighbouring ``breaks``.

    Source: Canuto, Hussaini, Quarteroni, Zang (2007), Spectral Methods, volume 2, section 5.1.
    """
    nodes, weights = gauss_lobatto(degree)
    slope = _differentiation(nodes)
    reference = slope.T @ (weights[:, None] * slope)
    size = (len(breaks) - 1) * degree + 1
    points, mass, stiffness = np.empty(size), np.zeros(size), np.zeros((size, size))
    for element, (low, high) in enumerate(itertools.pairwise(breaks)):
        half = (high - low) / 2
        held = slice(element * degree, (element + 1) * degree + 1)
        points[held] = low + half * (nodes + 1)
        mass[held] += half * weights
        stiffness[held, held] += reference / half
    return ElementsOnLine(points, mass, stiffness)


@lru_cache(maxsize=16)
def gauss_lobatto(degree: int) -> tuple[Array, Array]:
    """Return the ``degree + 1`` Gauss-Lobatto points of (-1, 1) and their weights."""
    series = np.eye(degree + 1)[degree]
    slope = legendre.legder(series)
    inner = np.sort(legendre.legroots(slope).real)
    for _ in range(3):  # the eigenvalues that legroots finds lose digits at high degree
        inner = inner - legendre.legval(inner, slope) / legendre.legval(inner, legendre.legder(slope))
    nodes = np.concatenate(([-1.0], inner, [1.0]))
    return nodes, 2 / (degree * (degree + 1) * legendre.legval(nodes, series) ** 2)


def evaluation(breaks: Sequence[float], degree: int, at: Array) -> Array:
    """Return the matrix that takes the values at the points of :func:`line` to those at ``at``, ``(len(at), points)``.

    Source: Berrut, Trefethen (2004), SIAM Review 46, 501, equation (4.2).
    """
    nodes, _ = gauss_lobatto(degree)
    edges = np.asarray(breaks)
    element = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, len(edges) - 2)
    local = 2 * (at - edges[element]) / (edges[element + 1] - edges[element]) - 1
    matrix = np.zeros((len(at), (len(edges) - 1) * degree + 1))
    for row, start in enumerate(element * degree):
        matrix[row, start : start + degree + 1] = _barycentric(nodes, local[row])
    return matrix


def local_interpolation(nodes: Array, at: Array, degree: int) -> Array:
    """Return the matrix of interpolation by the polynomial through the ``degree + 1`` nodes nearest to each of ``at``.

    ``nodes`` increase; with fewer of them than that all are used.
    """
    size = min(degree + 1, len(nodes))
    first = np.clip(np.searchsorted(nodes, at) - size // 2, 0, len(nodes) - size)
    matrix = np.zeros((len(at), len(nodes)))
    for row, start in enumerate(first):
        matrix[row, start : start + size] = _barycentric(nodes[start : start + size], at[row])
    return matrix


def cosine_interpolation(count: int, at: Array) -> Array:
    """Return the matrix of interpolation by cosines through ``count`` equal nodes of (0, 1), both ends included."""
    k = np.arange(count)
    ends = np.where((k == 0) | (k == count - 1), 0.5, 1.0)
    nodes = np.cos(np.pi * np.outer(k, k) / (count - 1)) * (2 / (count - 1) * np.outer(ends, ends))
    matrix: Array = np.cos(np.pi * np.outer(at, k)) @ nodes
    return matrix


def _barycentric(nodes: Array, at: float) -> Array:
    distance = at - nodes
    nearest = np.abs(distance).argmin()
    if np.abs(distance[nearest]) < 1e-14 * (nodes[-1] - nodes[0]):
        return np.eye(len(nodes))[nearest]
    terms = _weights(nodes) / distance
    values: Array = terms / terms.sum()
    return values


def _weights(nodes: Array) -> Array:
    gaps = (nodes[:, None] - nodes) * (4 / (nodes[-1] - nodes[0]))  # scaled to capacity 1, so that nothing overflows
    np.fill_diagonal(gaps, 1.0)
    weights: Array = 1 / gaps.prod(1)
    return weights


def _differentiation(nodes: Array) -> Array:
    weights = _weights(nodes)
    gaps = nodes[:, None] - nodes
    np.fill_diagonal(gaps, 1.0)
    matrix = weights / weights[:, None] / gaps
    np.fill_diagonal(matrix, 0.0)
    np.fill_diagonal(matrix, -matrix.sum(1))  # the slope of a constant is zero, to rounding
    return matrix


def _modes(mass: Array, stiffness: Array) -> tuple[Array, Array]:
    scale = 1 / np.sqrt(mass)
    eigenvalues, vectors = np.linalg.eigh(scale[:, None] * stiffness * scale)
    return eigenvalues, scale[:, None] * vectors
