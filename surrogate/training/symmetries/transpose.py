"""Axes exchanged that are alike in points, length, placement and boundary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from surrogate.spaces import Problem

PLACE = 0


@dataclass(frozen=True)
class Exchanged:
    """The axes in another order: ``order`` says which takes each place."""

    order: tuple[int, ...]

    def __call__(self, field: Tensor, problem: Problem) -> Tensor:
        """Return the scalar fields (b, c, s...) with their axes exchanged."""
        return field.permute(0, 1, *(2 + axis for axis in self.order))


def draw(problem: Problem, stream: np.random.Generator) -> Exchanged:
    """Return one of the orders in which axes of one kind may stand, all as likely."""
    order = list(range(problem.dimensions))
    for alike in _alike(problem):
        for axis, drawn in zip(alike, stream.permutation(len(alike)).tolist(), strict=True):
            order[axis] = alike[drawn]
    return Exchanged(tuple(order))


def _alike(problem: Problem) -> list[list[int]]:
    """Return the axes, those of one kind together."""
    grid, groups = problem.grid, dict[object, list[int]]()
    kinds = zip(grid.points, grid.lengths, grid.placement, problem.boundary.sides, strict=True)
    for axis, kind in enumerate(kinds):
        groups.setdefault(kind, []).append(axis)
    return list(groups.values())
