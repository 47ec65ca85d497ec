"""Waves of one frequency in a box with walls that let nothing through but what is driven: Galerkin, iterated.

The basis of each axis is turned to the eigenvectors of its own ``-d_xx``, so that a constant medium is diagonal and a
varying one nearly so: a dense solve of the few modes near resonance preconditions the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.solvers.gmres import Map, gmres
from surrogate.solvers.spectral_elements import cosine_interpolation, evaluation, line, local_interpolation

MAX_ITERATIONS = 60
# Degree of the polynomials through stored values, where a residual asks for values between them.
_DEGREE = 7

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Axis:
    """A Galerkin basis of one axis, orthonormal, with diagonal slopes.

    ``eigenvalues`` (m,) of ``-d_xx``; ``modes`` (q, m) at the quadrature points ``points`` (q,) with ``weights`` (q,);
    ``stored`` (n, m) at the nodes that are stored; ``coefficients`` (m, n) finds the modes of stored values;
    ``medium`` (q, n) takes a medium from the nodes to the quadrature points, by cosines.
    """

    points: Tensor
    weights: Tensor
    eigenvalues: Tensor
    modes: Tensor
    stored: Tensor
    coefficients: Tensor
    medium: Tensor


def spectral_axis(breaks: tuple[float, ...], degree: int, nodes: int, device: torch.device) -> Axis:
    """Return polynomials of ``degree`` between ``breaks`` of (0, 1), seen at ``nodes`` equal nodes."""
    elements = line(breaks, degree)
    eigenvalues, vectors = elements.modes()
    at = np.linspace(0, 1, nodes)
    projection = (elements.weights[:, None] * vectors).T
    return _axis(
        device,
        points=elements.points,
        weights=elements.weights,
        eigenvalues=eigenvalues,
        modes=vectors,
        stored=evaluation(breaks, degree, at) @ vectors,
        coefficients=projection @ local_interpolation(at, elements.points, _DEGREE),
        medium=cosine_interpolation(nodes, elements.points),
    )


def linear_axis(nodes: int, device: torch.device) -> Axis:
    """Return the piecewise linear functions on ``nodes`` equal nodes of (0, 1), three Gauss points to each interval."""
    spacing = 1 / (nodes - 1)
    local, weights = np.polynomial.legendre.leggauss(3)
    share = (local + 1) / 2
    points = ((np.arange(nodes - 1)[:, None] + share) * spacing).ravel()
    value = np.zeros((len(points), nodes))
    rows = np.arange(len(points))
    value[rows, rows // 3] = 1 - np.tile(share, nodes - 1)
    value[rows, rows // 3 + 1] = np.tile(share, nodes - 1)
    quadrature = np.tile(weights * spacing / 2, nodes - 1)
    mass = value.T @ (quadrature[:, None] * value)
    slope = np.diff(np.eye(nodes), axis=0) / spacing
    root = np.linalg.inv(np.linalg.cholesky(mass))
    eigenvalues, turned = np.linalg.eigh(root @ (spacing * slope.T @ slope) @ root.T)
    vectors = root.T @ turned
    return _axis(
        device,
        points=points,
        weights=quadrature,
        eigenvalues=eigenvalues,
        modes=value @ vectors,
        stored=vectors,
        coefficients=vectors.T @ mass,
        medium=cosine_interpolation(nodes, points),
    )


def _axis(device: torch.device, **arrays: Array) -> Axis:
    return Axis(**{name: torch.from_numpy(np.ascontiguousarray(array)).to(device) for name, array in arrays.items()})


def solve_helmholtz(
    square: Tensor, load: Tensor, axes: tuple[Axis, Axis], reference: float, tolerance: float
) -> tuple[Tensor, Tensor, int]:
    """Return the modes of one wave, ``(m, m')``, the relative residual reached and the iterations.

    Solves ``-Laplace u - k^2 u = f`` on the unit square with a given flux ``du/dn``, by Galerkin in the basis of
    ``axes``. The residual is that of the linear system; near a resonance the error is larger by the frequency squared
    over its distance from the nearest eigenvalue.

    Args:
        square: ``k^2`` at the quadrature points, ``(q, q')``, per length squared.
        load: the modes of ``f`` and of the flux, ``(m, m')``; see :func:`load_of_top` and :func:`load_of_source`.
        axes: the bases along x and y.
        reference: about the largest ``k^2``: the modes below twice as much are solved together, first.
        tolerance: of the residual.

    Raises:
        SolverError: the tolerance is not reached.

    Source: Canuto, Hussaini, Quarteroni, Zang (2007), Spectral Methods, volume 2, sections 5.2 and 4.2.
    """
    x, y = axes
    weighted = square * x.weights[:, None] * y.weights
    laplace = x.eigenvalues[:, None] + y.eigenvalues

    def operator(flat: Tensor) -> Tensor:
        modes = flat.reshape(laplace.shape)
        return (laplace * modes - _project(weighted * _values(modes, axes), axes)).flatten()

    precondition = _near_resonance(weighted, laplace, reference, axes)
    modes, residual, iterations = gmres(operator, precondition, load.flatten(), tolerance, MAX_ITERATIONS)
    return modes.reshape(laplace.shape), residual, iterations


def load_of_top(flux: Tensor, axes: tuple[Axis, Axis]) -> Tensor:
    """Return the modes of ``du/dn = flux`` on the side where y is largest, of values at the quadrature points of x."""
    x, y = axes
    return (x.modes.mT @ (x.weights * flux))[:, None] * y.stored[-1]


def load_of_source(source: Tensor, axes: tuple[Axis, Axis]) -> Tensor:
    """Return the modes of the right side of the equation, of values at the quadrature points ``(q, q')``."""
    x, y = axes
    return _project(source * x.weights[:, None] * y.weights, axes)


def at_nodes(modes: Tensor, axes: tuple[Axis, Axis]) -> Tensor:
    """Return the values of a wave at the stored nodes."""
    return axes[0].stored @ modes @ axes[1].stored.mT


def medium(values: Tensor, axes: tuple[Axis, Axis]) -> Tensor:
    """Return a medium, ``(b, n, n')`` at the nodes, at the quadrature points: the cosine series through its values."""
    return axes[0].medium @ values @ axes[1].medium.mT


def helmholtz_residual(wave: Tensor, square: Tensor, load: Tensor, axes: tuple[Axis, Axis]) -> Tensor:
    """Return how far a wave at the nodes, ``(b, n, n')``, is from solving the equation, ``(b,)``, relative to it.

    ``-Laplace u - k^2 u - f`` is divided by ``-Laplace + k^2`` with a mean ``k``, mode by mode, which leaves a field
    like ``u``; where a wave is resolved that is rounding and interpolation. Differentiable in wave and medium.
    """
    x, y = axes
    modes = x.coefficients @ wave @ y.coefficients.mT
    weighted = square * x.weights[:, None] * y.weights
    laplace = x.eigenvalues[:, None] + y.eigenvalues
    wrong = laplace * modes - _project(weighted * _values(modes, axes), axes) - load
    shift = weighted.sum((1, 2), keepdim=True)
    return (wrong / (laplace + shift)).flatten(1).norm(dim=1) / modes.flatten(1).norm(dim=1)


def _values(modes: Tensor, axes: tuple[Axis, Axis]) -> Tensor:
    return axes[0].modes @ modes @ axes[1].modes.mT


def _project(values: Tensor, axes: tuple[Axis, Axis]) -> Tensor:
    return axes[0].modes.mT @ values @ axes[1].modes


def _near_resonance(weighted: Tensor, laplace: Tensor, reference: float, axes: tuple[Axis, Axis]) -> Map:
    """Return the preconditioner: modes of eigenvalues below twice ``reference`` solved together, the others alone."""
    x, y = axes
    below = laplace < 2 * reference
    across, along = int(below.any(1).sum()), int(below.any(0).sum())
    products_x = (x.modes[:, :across, None] * x.modes[:, None, :across]).flatten(1)
    products_y = (y.modes[:, :along, None] * y.modes[:, None, :along]).flatten(1)
    coupling = (products_x.mT @ weighted @ products_y).reshape(across, across, along, along)
    low = below[:across, :along].flatten()
    dense = coupling.permute(0, 2, 1, 3).reshape(across * along, across * along)[low][:, low]
    factors, pivots = torch.linalg.lu_factor(torch.diag(laplace[below]) - dense)
    alone = (laplace - reference).flatten()
    index = below.flatten().nonzero()[:, 0]

    def precondition(flat: Tensor) -> Tensor:
        solved = torch.linalg.lu_solve(factors, pivots, flat[index, None])[:, 0]
        return (flat / alone).index_copy(0, index, solved)

    return precondition
