"""Given boundary values held exactly: a factor that vanishes where they are given, and an extension that takes them.

Shape letters: b batch, c channels, s... space.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from surrogate.operators.walls import axis_ends, wall_factor
from surrogate.spaces import SIDE_NAMES, Problem


class HeldValues(nn.Module):
    """Map fields v to ``u = E + F v``, which take the boundary values of the problem on every Dirichlet side.

    ``F`` is :func:`wall_factor`. ``E`` is zero, or blends into the box what the inputs called west, east (x low and
    high), south and north (y low and high), each constant along its normal, say of the sides; a Dirichlet side without
    such an input has the value 0. Both are functions of the place, the same on every grid. Fields on nodes then have
    the given values at the ends; fields on cells have no point on a wall, and approach its value.

    Source: Lagaris, Likas, Fotiadis (1998), IEEE Transactions on Neural Networks 9, 987; the blending is that of Coons.

    Raises:
        ValueError: no side is a Dirichlet side.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        if not any("dirichlet" in sides for sides in problem.boundary.sides):
            raise ValueError("no side of these data is held at given values, expected a dirichlet side")
        names = [field.name for field in problem.channels]
        self.problem = problem
        # Which input holds the value of the (low, high) side of an axis, None: it is zero.
        self.given = tuple(tuple(names.index(name) if name in names else None for name in pair) for pair in SIDE_NAMES)

    def forward(self, inputs: Tensor, fields: Tensor) -> Tensor:
        """Return ``fields`` (b, c_out, s...) held to the values that ``inputs`` (b, c_in, s...) have on the sides."""
        return self.extension(inputs) + self.factor(fields) * fields

    def factor(self, like: Tensor) -> Tensor:
        """Return ``F`` on the grid of ``like``, (s...)."""
        grid = self.problem.grid.resized(tuple(like.shape[2:]))
        return torch.from_numpy(wall_factor(grid, self.problem.boundary)).to(like)

    def extension(self, inputs: Tensor) -> Tensor:
        """Return ``E``, (b, 1, s...), axis after axis: each adds what its own sides still lack."""
        total = torch.zeros_like(inputs[:, :1])
        if not any(index is not None for pair in self.given for index in pair):
            return total
        grid = self.problem.grid.resized(tuple(inputs.shape[2:]))
        for axis, ((low, high), pair) in enumerate(zip(self.problem.boundary.sides, self.given, strict=False)):
            place, *ends = (torch.from_numpy(table).to(inputs) for table in axis_ends(grid, axis))
            along = [-1 if axis == other else 1 for other in range(len(grid.points))]
            both = low == high == "dirichlet"
            lacking = torch.zeros_like(total)
            for side, index, end, weight in zip((low, high), pair, ends, (1 - place, place), strict=True):
                if side == "dirichlet":
                    value = 0.0 if index is None else inputs[:, index : index + 1]
                    trace = (total * end.reshape(along)).sum(axis + 2, keepdim=True)
                    blend = weight if both else torch.ones_like(weight)
                    lacking = lacking + blend.reshape(along) * (value - trace)
            total = total + lacking
        return total


def wall_values(fields: Tensor, problem: Problem) -> Tensor:
    """Return the largest value, per sample (b,), that ``fields`` (b, c, s...) approach on the Dirichlet sides."""
    grid = problem.grid.resized(tuple(fields.shape[2:]))
    largest = []
    for axis, sides in enumerate(problem.boundary.sides):
        ends = (torch.from_numpy(table).to(fields) for table in axis_ends(grid, axis)[1:])
        for side, end in zip(sides, ends, strict=True):
            if side == "dirichlet":
                largest.append(torch.tensordot(fields, end, ([axis + 2], [0])).flatten(1).abs().amax(1))
    return torch.stack(largest).amax(0) if largest else fields.new_zeros(len(fields))
