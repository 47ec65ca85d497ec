"""Quadrature weights of the points of a mesh: each its equal share of the cells around it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Corners of the simplices that make up a cell, by the name of its kind without the number of its nodes.
_SIMPLICES: dict[str, tuple[tuple[int, ...], ...]] = {
    "line": ((0, 1),),
    "triangle": ((0, 1, 2),),
    "quad": ((0, 1, 2), (0, 2, 3)),
    "tetra": ((0, 1, 2, 3),),
    "pyramid": ((0, 1, 2, 4), (0, 2, 3, 4)),
    "wedge": ((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5)),
    "hexahedron": ((0, 1, 3, 4), (1, 2, 3, 6), (1, 4, 5, 6), (3, 4, 6, 7), (1, 3, 4, 6)),
}


def shares(points: NDArray[Any], cells: Sequence[Any]) -> NDArray[np.float64]:
    """Return the weight of each point ``(p,)``; of equal weights that sum to 1 where there are no cells.

    Args:
        points: ``(p, d)``.
        cells: blocks with ``type`` and ``data`` ``(m, k)``, as meshio has them; those of lower dimension than others,
            such as sides, weigh nothing.
    """
    places = np.asarray(points, np.float64)
    known = [(_kind(block.type), np.asarray(block.data)) for block in cells]
    measured = [(kind, data) for kind, data in known if kind in _SIMPLICES and len(data)]
    highest = max((len(_SIMPLICES[kind][0]) for kind, _ in measured), default=0)
    weights = np.zeros(len(places))
    for kind, data in measured:
        if len(_SIMPLICES[kind][0]) < highest:
            continue
        size = sum(_measure(places[data[:, list(corners)]]) for corners in _SIMPLICES[kind])
        np.add.at(weights, data, np.broadcast_to(np.asarray(size)[:, None] / data.shape[1], data.shape))
    return weights if weights.any() else np.full(len(places), 1 / len(places))


def _kind(name: str) -> str:
    return name.rstrip("0123456789")


def _measure(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the length, area or volume of simplices ``(m, k + 1, d)``, wherever they lie in space."""
    edges = corners[:, 1:] - corners[:, :1]
    squared = np.linalg.det(edges @ edges.transpose(0, 2, 1))
    result: NDArray[np.float64] = np.sqrt(np.maximum(squared, 0)) / math.factorial(edges.shape[1])
    return result
