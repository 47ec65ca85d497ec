"""Symmetry augmentation: each batch seen in another of the ways that the data set says are the same problem.

Shape letters: b batch, c channels, s... space.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from surrogate.spaces import Problem


@dataclass(frozen=True)
class Turn:
    """A symmetry of a box: the axes in another order, then some of them reversed.

    ``order`` says which axis takes each place, ``reversed`` which places are then run through backwards.
    """

    order: tuple[int, ...]
    reversed: tuple[bool, ...]

    def __call__(self, field: Tensor, problem: Problem) -> Tensor:
        """Return the turned scalar fields, (b, c, s...).

        On an axis without a node at its right end the first node stands for that end too: exact where the axis is
        periodic, and where the boundary fixes what stands there.
        """
        turned = field.permute(0, 1, *(2 + axis for axis in self.order))
        for axis, (backwards, where) in enumerate(zip(self.reversed, problem.grid.placement, strict=True), start=2):
            if backwards:
                turned = turned.flip(axis)
                turned = torch.roll(turned, 1, axis) if where == "left" else turned
        return turned


def drawn(problem: Problem, seed: int, epoch: int, step: int) -> Turn:
    """Return the turn of one optimizer step: a function of seed, epoch and step alone, so that a resumed run agrees.

    Only axes that are alike in points, length, placement and boundary are exchanged, and only axes whose two sides
    are of one kind are reversed: of what the data set declares, what its grid and its boundary have.
    """
    axes = problem.dimensions
    # The third word keeps this stream apart from the one that orders the samples.
    stream = np.random.default_rng(np.random.SeedSequence([seed, epoch, step], spawn_key=(1,)))
    order = np.arange(axes)
    if "transpose" in problem.symmetries:
        for alike in _alike(problem):
            order[alike] = np.array(alike)[stream.permutation(len(alike))]
    backwards = np.zeros(axes, bool)
    if "flip" in problem.symmetries:
        backwards = stream.integers(0, 2, axes) & [low == high for low, high in problem.boundary.sides]
    return Turn(tuple(int(axis) for axis in order), tuple(bool(flag) for flag in backwards))


def _alike(problem: Problem) -> list[list[int]]:
    """Return the axes, those of one kind together."""
    grid, found = problem.grid, dict[object, list[int]]()
    kinds = zip(grid.points, grid.lengths, grid.placement, problem.boundary.sides, strict=True)
    for axis, kind in enumerate(kinds):
        found.setdefault(kind, []).append(axis)
    return list(found.values())
