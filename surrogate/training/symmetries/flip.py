"""An axis reversed, where its two sides are of one kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from surrogate.spaces import Problem

PLACE = 1


@dataclass(frozen=True)
class Reversed:
    """Some axes run through backwards: those that are ``reversed``."""

    reversed: tuple[bool, ...]

    def __call__(self, field: Tensor, problem: Problem) -> Tensor:
        """Return the reversed scalar fields, (b, c, s...).

        On an axis without a node at its right end the first node stands for that end too: exact where the axis is
        periodic, and where the boundary fixes what stands there.
        """
        for axis, (backwards, where) in enumerate(zip(self.reversed, problem.grid.placement, strict=True), start=2):
            if backwards:
                field = field.flip(axis)
                field = torch.roll(field, 1, axis) if where == "left" else field
        return field


def draw(problem: Problem, stream: np.random.Generator) -> Reversed:
    """Return some axes reversed, each with an even chance."""
    flags = stream.integers(0, 2, problem.dimensions).tolist()
    return Reversed(
        tuple(flag == 1 and low == high for flag, (low, high) in zip(flags, problem.boundary.sides, strict=True))
    )
