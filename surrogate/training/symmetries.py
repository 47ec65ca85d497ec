"""Symmetry augmentation: each batch seen in another of the ways that the data set says are the same problem.

Shape letters: b batch, c channels, s... space.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from surrogate.errors import SettingsError
from surrogate.fields import Problem


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
    """Return the turn of one optimizer step: a function of seed, epoch and step alone, so that a resumed run agrees."""
    axes = problem.dimensions
    # The third word keeps this stream apart from the one that orders the samples.
    stream = np.random.default_rng(np.random.SeedSequence([seed, epoch, step], spawn_key=(1,)))
    order = stream.permutation(axes) if "transpose" in problem.symmetries else np.arange(axes)
    backwards = stream.integers(0, 2, axes) if "flip" in problem.symmetries else np.zeros(axes)
    return Turn(tuple(int(axis) for axis in order), tuple(bool(flag) for flag in backwards))


def check(problem: Problem) -> None:
    """Refuse symmetries that the grid or the boundary does not have.

    Raises:
        SettingsError: axes of different kind would be exchanged, or sides of different kind reversed.
    """
    kinds = set(
        zip(problem.grid.points, problem.grid.lengths, problem.grid.placement, problem.boundary.sides, strict=True)
    )
    if "transpose" in problem.symmetries and len(kinds) > 1:
        raise SettingsError("trainer.augment: the data set's axes differ, so they cannot be exchanged")
    if "flip" in problem.symmetries and any(low != high for low, high in problem.boundary.sides):
        raise SettingsError("trainer.augment: the data set's sides differ, so no axis can be reversed")
