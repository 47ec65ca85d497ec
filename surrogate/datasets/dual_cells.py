"""Values at nodes as values of cells: each is that of the cell around its node, half as wide at a wall.

The cells of an equation are halves of those around the nodes, so that they cover the box and none has two values. Shape
letters: t frames, c fields, s... space.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.spaces import Grid

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DualCells:
    """The halves of the cells around the nodes of a grid.

    Attributes:
        points: how many halves there are along each axis.
        last: for each axis, whether the last node lies on the wall (``nodes``); else (``left``) it is a cell before it.
    """

    points: tuple[int, ...]
    last: tuple[bool, ...]

    @classmethod
    def of(cls, grid: Grid, placement: tuple[str, ...]) -> DualCells | None:
        """Return the cells around the nodes of a grid, where an equation has cells along all axes; else None."""
        if set(placement) != {"cells"} or "cells" in grid.placement:
            return None
        last = tuple(where == "nodes" for where in grid.placement)
        points = tuple(2 * (n - 1) if whole else 2 * n for n, whole in zip(grid.points, last, strict=True))
        return cls(points, last)

    def spread(self, fields: Array) -> Array:
        """Return ``(c, s...)`` of nodes in the halves of their cells; at a wall without any, those beside it."""
        for axis, n in enumerate(self.points, start=1):
            fields = np.take(fields, np.minimum((np.arange(n) + 1) // 2, fields.shape[axis] - 1), axis)
        return np.ascontiguousarray(fields)

    def at_nodes(self, states: Array) -> Array:
        """Return values ``(t, c, s...)`` of halves at the nodes: means of those on both sides, at a wall of the one."""
        for axis, (n, whole) in enumerate(zip(self.points, self.last, strict=True), start=2):
            nodes = np.arange(n // 2 + whole)
            low, high = np.maximum(2 * nodes - 1, 0), np.minimum(2 * nodes, n - 1)
            states = (np.take(states, low, axis) + np.take(states, high, axis)) / 2
        return states

    def inner(self, states: Array) -> Array:
        """Return what of states ``(t, c, s...)`` at nodes lies off the walls."""
        return states[(slice(None),) * 2 + tuple(slice(1, -1 if whole else None) for whole in self.last)]
