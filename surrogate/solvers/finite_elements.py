"""The second opinion on waves in a square: Lagrange elements on equal squares, a sparse direct solve. Numpy, SciPy.

It shares no code with the iterated solver: neither basis nor quadrature nor interpolation nor linear algebra.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
import scipy.sparse
import scipy.sparse.linalg
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

Array = NDArray[np.float64]


def driven_wave(square: Array, width: float, elements: int, degree: int, sharp: bool) -> Array:
    """Return a wave at the nodes of ``elements`` by ``elements`` squares of ``degree``, ``(p, p)``.

    Solves ``-Laplace u - k^2 u = 0`` on the unit square, ``du/dn = 1`` where ``y = 1`` and ``|x - 1/2| <= width / 2``,
    0 on the rest of the boundary.

    Args:
        square: ``k^2`` at :func:`gauss_points` along both axes.
        width: of the driven part of the side.
        elements: along each axis.
        degree: of the polynomials; their nodes are equally spaced.
        sharp: the flux is that; else it is the interpolant of its values at the nodes, the ends of the part excluded.

    Source: Ihlenburg (1998), Finite Element Analysis of Acoustic Scattering, chapter 4.
    """
    value, slope, weights = _matrices(elements, degree)
    stiffness, mass = slope.T @ weights @ slope, value.T @ weights @ value
    both = scipy.sparse.kron(value, value, format="csr")
    quadrature = np.outer(weights.diagonal(), weights.diagonal()).ravel()
    weighted = scipy.sparse.diags_array(quadrature * square.ravel())
    matrix = scipy.sparse.kron(stiffness, mass) + scipy.sparse.kron(mass, stiffness) - both.T @ weighted @ both
    nodes = np.linspace(0, 1, elements * degree + 1)
    if sharp:
        flux = (np.abs(gauss_points(elements, degree) - 0.5) <= width / 2).astype(np.float64)
    else:
        flux = value @ (np.abs(nodes - 0.5) < width / 2 - 1e-9).astype(np.float64)
    right = np.zeros((len(nodes), len(nodes)))
    right[:, -1] = value.T @ (weights @ flux)
    factors = scipy.sparse.linalg.splu(matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    return factors.solve(right.ravel()).reshape(right.shape)


def gauss_points(elements: int, degree: int) -> Array:
    """Return the quadrature points along an axis: ``degree + 2`` Gauss points in each element."""
    local, _ = np.polynomial.legendre.leggauss(degree + 2)
    return ((np.arange(elements)[:, None] + (local + 1) / 2) / elements).ravel()


def cosine_values(nodal: Array, at: Array) -> Array:
    """Return the cosine series through ``nodal`` values ``(n, m)``, both ends included, at ``at`` along both axes."""
    for axis in (0, 1):
        count = nodal.shape[axis]
        series = scipy.fft.dct(nodal, type=1, axis=axis, norm="forward") * 2
        ends = [0, -1]
        series[tuple(ends if other == axis else slice(None) for other in (0, 1))] /= 2
        waves = np.cos(np.pi * np.outer(at, np.arange(count)))
        nodal = np.moveaxis(np.tensordot(waves, series, axes=(1, axis)), 0, axis)
    return nodal


def interpolate(wave: Array, elements: int, degree: int, at: Array) -> Array:
    """Return a wave of :func:`driven_wave` at ``at`` along both axes."""
    element = np.minimum((at * elements).astype(int), elements - 1)
    matrix = np.zeros((len(at), elements * degree + 1))
    for local, (shape, _) in enumerate(_shapes(degree)):
        matrix[np.arange(len(at)), element * degree + local] = shape(at * elements - element)
    return matrix @ wave @ matrix.T


def _shapes(degree: int) -> list[tuple[Polynomial, Polynomial]]:
    nodes = np.linspace(0, 1, degree + 1)
    shapes = []
    for node in range(degree + 1):
        shape = Polynomial.fromroots(np.delete(nodes, node))
        shape = shape / shape(nodes[node])
        shapes.append((shape, shape.deriv()))
    return shapes


def _matrices(
    elements: int, degree: int
) -> tuple[scipy.sparse.csr_array, scipy.sparse.csr_array, scipy.sparse.dia_array]:
    """Return values and slopes of the shapes at the Gauss points, ``(points, nodes)``, and the weights."""
    local, weights = np.polynomial.legendre.leggauss(degree + 2)
    share = (local + 1) / 2
    rows = np.arange(elements * (degree + 2)).reshape(elements, -1)
    size = (rows.size, elements * degree + 1)
    matrices = [scipy.sparse.lil_array(size), scipy.sparse.lil_array(size)]
    for node, shapes in enumerate(_shapes(degree)):
        for matrix, shape, scale in zip(matrices, shapes, (1.0, float(elements)), strict=True):
            for element in range(elements):
                matrix[rows[element], element * degree + node] = scale * shape(share)
    quadrature = scipy.sparse.diags_array(np.tile(weights / (2 * elements), elements))
    return matrices[0].tocsr(), matrices[1].tocsr(), quadrature
