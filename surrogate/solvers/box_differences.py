"""The second opinion on boxes: eighth-order differences, with walls as mirrors, and stiff steps by extrapolation.

NumPy and SciPy throughout; it shares no code with the spectral solvers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from surrogate.solvers.method_of_lines import difference

Array = NDArray[np.float64]
Sides = Literal["periodic", "neumann", "dirichlet"]
# Steps of the linearly implicit Euler method that are combined to one of order 4, and their weights:
# w_j = prod_{i != j} n_j / (n_j - n_i).
_SUBSTEPS = (1, 2, 3, 4)
_WEIGHTS = (-1 / 6, 4.0, -27 / 2, 32 / 3)
_REACH = 4


def laplacian(field: Array, spacing: Sequence[float], sides: Sides = "periodic") -> Array:
    """Return the Laplacian of ``(..., s...)`` with an error of order ``spacing ** 8``; between walls, on cells."""
    total = np.zeros_like(field)
    for axis, h in zip(range(-len(spacing), 0), spacing, strict=True):
        total += derivative(field, 2, h, axis, sides)
    return total


def derivative(field: Array, order: int, spacing: float, axis: int, sides: Sides = "periodic") -> Array:
    """Return the derivative of ``order`` (1 or 2) along ``axis`` with an error of order ``spacing ** 8``."""
    if sides == "periodic":
        return difference(field, order, spacing, axis)
    wide = np.moveaxis(field, axis, -1)
    low, high = np.flip(wide[..., :_REACH], -1), np.flip(wide[..., -_REACH:], -1)
    sign = 1.0 if sides == "neumann" else -1.0
    padded = np.concatenate((sign * low, wide, sign * high), axis=-1)
    inner = difference(padded, order, spacing)[..., _REACH:-_REACH]
    return np.moveaxis(inner, -1, axis)


def resample_cells(field: Array, points: Sequence[int], sides: Sides) -> Array:
    """Return the values of ``(..., s...)`` at other numbers of cells between walls, by its cosine or sine series."""
    for axis, n in zip(range(-len(points), 0), points, strict=True):
        if n != field.shape[axis]:
            wide = np.moveaxis(field, axis, -1)
            field = np.moveaxis(wide @ _series(wide.shape[-1], n, sides).T, -1, axis)
    return field


def integrate_stiff(
    linear: Callable[[Array], Array],
    reaction: Callable[[Array], Array],
    start: Array,
    spacing: Sequence[float],
    times: Sequence[float],
    steps: int,
    outer: Callable[[Array], Array | None] = lambda laplace: None,
) -> Array:
    """Return ``u`` of ``u_t = L u + O reaction(u)`` on a periodic box at ``times``, ``(t, *start.shape)``.

    ``L`` and ``O`` (None: the identity) are functions of the eigenvalues of the Laplacian of eighth-order differences.
    Each of ``steps`` equal steps per interval combines linearly implicit Euler steps, ``L`` implicit, the reaction
    explicit, to order 4.

    Source: Constantinescu, Sandu (2010), J. Sci. Comput. 44, 28, with the harmonic sequence 1, 2, 3, 4.
    """
    axes = tuple(range(-len(spacing), 0))
    points = [start.shape[axis] for axis in axes]
    laplace = scipy.fft.rfftn(laplacian(_unit(points), spacing), axes=axes).real
    eigenvalues, weight = linear(laplace), outer(laplace)

    def advanced(field: Array, step: float, count: int) -> Array:
        inverse = 1 / (1 - step / count * eigenvalues)
        for _ in range(count):
            push = step / count * reaction(field)
            if weight is None:
                pushed = scipy.fft.rfftn(field + push, axes=axes)
            else:
                pushed = scipy.fft.rfftn(field, axes=axes) + weight * scipy.fft.rfftn(push, axes=axes)
            field = scipy.fft.irfftn(inverse * pushed, s=points, axes=axes)
        return field

    frames = [start]
    for before, after in itertools.pairwise(times):
        field, step = frames[-1], (after - before) / steps
        for _ in range(steps):
            parts = [w * advanced(field, step, n) for w, n in zip(_WEIGHTS, _SUBSTEPS, strict=True)]
            field = np.sum(parts, axis=0)
        frames.append(field)
    return np.stack(frames)


def _unit(points: Sequence[int]) -> Array:
    impulse = np.zeros(points)
    impulse[(0,) * len(points)] = 1.0
    return impulse


def _series(cells: int, points: int, sides: Sides) -> Array:
    """Return the matrix that evaluates the cosine or sine series of ``cells`` values at ``points`` cells."""
    waves = np.pi * np.arange(cells)
    here, there = (np.arange(cells) + 0.5) / cells, (np.arange(points) + 0.5) / points
    if sides == "neumann":
        weight = np.where(waves > 0, 2.0, 1.0) / cells
        return np.cos(np.outer(there, waves)) @ (weight[:, None] * np.cos(np.outer(waves, here)))
    waves = waves + np.pi
    weight = np.where(waves < np.pi * cells, 2.0, 1.0) / cells
    matrix: Array = np.sin(np.outer(there, waves)) @ (weight[:, None] * np.sin(np.outer(waves, here)))
    return matrix
