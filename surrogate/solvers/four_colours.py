"""The layout in which stencils are fast: the points of a grid in four colours, by the parity of their indices.

A field of ``n`` by ``m`` points is kept as ``(b, 4, s)``. Colour ``2 p + q`` holds the points whose index along x has
parity ``p`` and along y parity ``q``, each as one row of ``s = rows * columns`` numbers. Neighbours of a point then lie
in other colours, at a constant distance in the row: what one colour takes from another is one product of contiguous
rows, and all points of a colour can be relaxed at once. Where ``n`` or ``m`` is odd, points are missing at the end of
some colours: they hold zero, and nothing couples them to the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

# The two ends, seen from the point that stores a coupling, of those along x, along y and along the two diagonals.
ENDS = {"x": ((0, 0), (1, 0)), "y": ((0, 0), (0, 1)), "down": ((0, 0), (1, 1)), "up": ((1, 0), (0, 1))}
CORNER, ALONG_Y, ALONG_X, CENTRE = range(4)


@dataclass(frozen=True)
class Layout:
    """``n`` by ``m`` points; each colour has ``rows`` times ``columns``."""

    n: int
    m: int

    @property
    def rows(self) -> int:
        return (self.n + 1) // 2

    @property
    def columns(self) -> int:
        return (self.m + 1) // 2

    def split(self, field: Tensor) -> Tensor:
        """Return ``(b, n, m)`` values by colours, ``(b, 4, s)``."""
        whole = pad(field, (0, self.m % 2, 0, self.n % 2))
        return whole.reshape(-1, self.rows, 2, self.columns, 2).permute(0, 2, 4, 1, 3).reshape(len(field), 4, -1)

    def join(self, colours: Tensor) -> Tensor:
        """Return ``(b, n, m)`` values from their colours, ``(b, 4, s)``."""
        parts = colours.reshape(-1, 2, 2, self.rows, self.columns).permute(0, 3, 1, 4, 2)
        return parts.reshape(-1, 2 * self.rows, 2 * self.columns)[:, : self.n, : self.m]

    def pairs(self, colours: Tensor, field: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return views of each colour of ``(b, 4, s)`` and of the same points of ``(b, n, m)``."""
        parts = colours.view(-1, 2, 2, self.rows, self.columns)
        views = []
        for p, q in ((p, q) for p in (0, 1) for q in (0, 1)):
            points = field[:, p::2, q::2]
            views.append((parts[:, p, q, : points.shape[1], : points.shape[2]], points))
        return views


@dataclass(frozen=True)
class Link:
    """Couplings of points of one colour with their neighbours in another, ``weight`` of shape ``(b, s)``.

    ``weight[k]`` couples point ``k + shift`` of colour ``first`` with point ``k + other_shift`` of ``second``.
    """

    first: int
    shift: int
    second: int
    other_shift: int
    weight: Tensor

    def ends(self, colours: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the coupled points of the first colour, those of the second, and the weights, all ``(b, length)``."""
        length = max(0, self.weight.shape[1] - max(self.shift, self.other_shift))
        first = colours[:, self.first, self.shift : self.shift + length]
        second = colours[:, self.second, self.other_shift : self.other_shift + length]
        return first, second, self.weight[:, :length]


def links(kind: str, weights: Tensor, layout: Layout) -> list[Link]:
    """Return the couplings of one direction, a key of ``ENDS``, with ``weights`` kept by colours, ``(b, 4, s)``."""

    def end(colour: int, step: tuple[int, int]) -> tuple[int, int]:
        x, y = colour // 2 + step[0], colour % 2 + step[1]
        return 2 * (x % 2) + y % 2, x // 2 * layout.columns + y // 2

    low, high = ENDS[kind]
    return [Link(*end(colour, low), *end(colour, high), weights[:, colour]) for colour in range(4)]


def ahead(row: Tensor, shift: int) -> Tensor:
    """Return ``row[k + shift]`` at every ``k``, zero beyond the end."""
    return pad(row[:, shift:], (0, shift))[:, : row.shape[1]]


def behind(row: Tensor, shift: int) -> Tensor:
    """Return ``row[k - shift]`` at every ``k``, zero before the start."""
    return pad(row, (shift, 0))[:, : row.shape[1]]


def apply(diagonal: Tensor, couplings: list[Link], colours: Tensor) -> Tensor:
    """Return ``diagonal u`` less what the ``couplings`` take from the neighbours, ``(b, 4, s)``."""
    result = torch.mul(diagonal, colours)
    for link in couplings:
        first, second, weight = link.ends(colours)
        to_first, to_second, _ = link.ends(result)
        to_first.addcmul_(weight, second, value=-1)
        to_second.addcmul_(weight, first, value=-1)
    return result
