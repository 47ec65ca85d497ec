"""The walls of a box, where values are given: how far off a point is, and what of a field is its value on them.

Shape letters: s... space.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from surrogate.spaces import Boundary, Grid

Array = NDArray[np.float64]
Numbers = TypeVar("Numbers", Tensor, NDArray[np.float64])


@lru_cache(maxsize=32)
def wall_factor(grid: Grid, boundary: Boundary) -> Array:
    """Return :func:`factor_at` the points of the grid, (s...)."""
    axes = (axis_ends(grid, axis)[0] for axis in range(len(grid.points)))
    return factor_at(np.meshgrid(*axes, indexing="ij"), boundary)


def factor_at(places: Sequence[Numbers], boundary: Boundary) -> Numbers:
    """Return a function of the place, at most 1, that vanishes linearly on the Dirichlet sides of the box alone.

    The product over the axes of ``4 x (1 - x)`` between two such sides, ``x`` or ``1 - x`` where there is one.
    ``places`` holds one array for each axis, coordinates as parts, 0 to 1, of the box; the result has their shape.
    """
    factor = 0 * places[0] + 1
    for x, (low, high) in zip(places, boundary.sides, strict=True):
        if low == high == "dirichlet":
            factor = factor * (4 * x * (1 - x))
        elif low == "dirichlet":
            factor = factor * x
        elif high == "dirichlet":
            factor = factor * (1 - x)
    return factor


@lru_cache(maxsize=64)
def axis_ends(grid: Grid, axis: int) -> tuple[Array, Array, Array]:
    """Return the places of the points along an axis in [0, 1], and what of them is the value at its low and high end.

    A point on the end is its value; where there is none, the parabola through the three points next to it.
    """
    x = np.asarray((grid.coordinates()[axis] - grid.origin[axis]) / grid.lengths[axis], np.float64)
    ends = []
    for wall, near in ((0.0, np.argsort(x)[:3]), (1.0, np.argsort(-x)[:3])):
        weights = np.zeros_like(x)
        for i in near:
            weights[i] = np.prod([(wall - x[j]) / (x[i] - x[j]) for j in near if j != i])
        ends.append(weights)
    return x, ends[0], ends[1]
