"""Coarser stencils that follow the coefficients: interpolation by the stencil itself, and its Galerkin product."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from surrogate.solvers.four_colours import (
    ALONG_X,
    ALONG_Y,
    CENTRE,
    CORNER,
    Layout,
    Link,
    ahead,
    behind,
    links,
)


@dataclass(frozen=True)
class NinePoints:
    """A symmetric stencil: ``(A u)_p = diagonal u_p - sum of coupling times u over the up to eight neighbours of p``.

    Every tensor is ``(b, n, m)``. ``x[i, j]`` couples ``(i, j)`` with ``(i + 1, j)``, ``y[i, j]`` with
    ``(i, j + 1)``, ``down[i, j]`` with ``(i + 1, j + 1)``, and ``up[i, j]`` couples ``(i + 1, j)`` with ``(i, j + 1)``.
    Couplings with points that are not there are zero; without ``down`` and ``up`` it is a five-point stencil.
    """

    diagonal: Tensor
    x: Tensor
    y: Tensor
    down: Tensor | None = None
    up: Tensor | None = None

    def matrix(self) -> Tensor:
        """Return it as dense matrices, ``(b, n m, n m)``."""
        b, n, m = self.diagonal.shape
        matrix = torch.diag_embed(self.diagonal.reshape(b, -1))
        index = torch.arange(n * m, device=matrix.device).reshape(n, m)
        ends = (
            (self.x, index[:-1], index[1:]),
            (self.y, index[:, :-1], index[:, 1:]),
            (self.down, index[:-1, :-1], index[1:, 1:]),
            (self.up, index[1:, :-1], index[:-1, 1:]),
        )
        for weights, low, high in ends:
            if weights is not None:
                values = -weights[:, : low.shape[0], : low.shape[1]].reshape(b, -1)
                matrix[:, low.flatten(), high.flatten()] = values
                matrix[:, high.flatten(), low.flatten()] = values
        return matrix


@dataclass(frozen=True)
class Coarsening:
    """A stencil by colours, the weights of interpolation from every second point, and the stencil of those.

    ``along_x`` and ``along_y`` hold the weights, ``(low, high)``, ``(b, s)`` each, with which a point between two
    corners takes from them. A centre takes what solves its own equation.
    """

    layout: Layout
    diagonal: Tensor
    links: list[Link]
    along_x: tuple[Tensor, Tensor]
    along_y: tuple[Tensor, Tensor]
    coarse: NinePoints


def coarsen(stencil: NinePoints) -> Coarsening:
    """Return the interpolation from the points of even indices and the Galerkin product with it.

    Source: Dendy (1982), Black box multigrid, J. Comput. Phys. 48, 366-386. Trottenberg, Oosterlee, Schueller (2001),
    Multigrid, section 7.7.5.
    """
    layout = Layout(stencil.diagonal.shape[1], stencil.diagonal.shape[2])
    diagonal = layout.split(stencil.diagonal)
    diagonal = torch.where(diagonal > 0, diagonal, 1.0)  # of the points that are not there
    weights = {
        kind: layout.split(field) for kind in ("x", "y", "down", "up") if (field := getattr(stencil, kind)) is not None
    }
    couplings = [link for kind, field in weights.items() for link in links(kind, field, layout)]
    along_x, along_y = _interpolation(diagonal, weights, layout.columns)
    coarse = _product(diagonal, weights, along_x, along_y, layout)
    return Coarsening(layout, diagonal, couplings, along_x, along_y, coarse)


def _interpolation(
    diagonal: Tensor, weights: dict[str, Tensor], row: int
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Return the weights of the points between two corners: their stencil, added up across the line."""
    x, y = weights["x"], weights["y"]
    low_x, high_x = x[:, CORNER], x[:, ALONG_X]
    low_y, high_y = y[:, CORNER], y[:, ALONG_Y]
    if "down" in weights:
        down, up = weights["down"], weights["up"]
        low_x = low_x + up[:, CORNER] + behind(down[:, ALONG_Y], 1)
        high_x = high_x + down[:, ALONG_X] + behind(up[:, CENTRE], 1)
        low_y = low_y + up[:, CORNER] + behind(down[:, ALONG_X], row)
        high_y = high_y + down[:, ALONG_Y] + behind(up[:, CENTRE], row)
    across_x = y[:, ALONG_X] + behind(y[:, CENTRE], 1)
    across_y = x[:, ALONG_Y] + behind(x[:, CENTRE], row)
    return (
        _shares(low_x, high_x, diagonal[:, ALONG_X] - across_x),
        _shares(low_y, high_y, diagonal[:, ALONG_Y] - across_y),
    )


def _shares(low: Tensor, high: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
    """Return the shares of two neighbours; beyond the last corner, what flows to the wall is lost."""
    low, high = low.clamp(min=0), high.clamp(min=0)
    total = torch.where(high > 0, low + high, torch.maximum(kept, low))
    total = torch.where(total > 0, total, 1.0)
    return low / total, high / total


def _product(
    diagonal: Tensor,
    weights: dict[str, Tensor],
    along_x: tuple[Tensor, Tensor],
    along_y: tuple[Tensor, Tensor],
    layout: Layout,
) -> NinePoints:
    """Return the stencil of the energy of interpolated fields.

    The energy is a sum over the points and couplings of the lines between corners, and over the squares between four
    of them. A centre that solves its own equation leaves ``-t^2 / diagonal``, where ``t`` is what its neighbours
    give it.
    """
    row = layout.columns
    x, y = weights["x"], weights["y"]
    # The corners of a square are numbered as the colours are: 0, 1 along y, 2 along x, 3 across.
    shifts = (0, 1, row, row + 1)
    low_x, high_x, low_y, high_y = *along_x, *along_y
    west = {0: low_x, 2: high_x}
    east = {1: ahead(low_x, 1), 3: ahead(high_x, 1)}
    south = {0: low_y, 1: high_y}
    north = {2: ahead(low_y, row), 3: ahead(high_y, row)}
    given = [torch.zeros_like(low_x)] * 4
    if "down" in weights:
        given = [weights["down"][:, CORNER], weights["up"][:, ALONG_Y], weights["up"][:, ALONG_X]]
        given.append(weights["down"][:, CENTRE])
    sides = ((west, y[:, ALONG_X]), (east, y[:, CENTRE]), (south, x[:, ALONG_Y]), (north, x[:, CENTRE]))
    for side, weight in sides:
        for corner, share in side.items():
            given[corner] = torch.addcmul(given[corner], weight, share)
    relative = [value / diagonal[:, CENTRE] for value in given]
    own = [-given[p] * relative[p] for p in range(4)]
    pairs = {(p, q): given[p] * relative[q] for p in range(4) for q in range(p + 1, 4)}
    if "down" in weights:
        crossings = (
            (west, south, weights["up"][:, CORNER]),
            (west, north, weights["down"][:, ALONG_X]),
            (east, south, weights["down"][:, ALONG_Y]),
            (east, north, weights["up"][:, CENTRE]),
        )
        for one, other, weight in crossings:
            for p, share in one.items():
                taken = weight * share
                for q, other_share in other.items():
                    if p == q:
                        own[p] = own[p].addcmul(taken, other_share, value=-2)
                    else:
                        pairs[min(p, q), max(p, q)].addcmul_(taken, other_share)
    points = diagonal[:, CORNER].clone()
    for corner, shift in enumerate(shifts):
        points += behind(own[corner], shift)
    lines = []
    for colour, kind, (low, high), shift in ((ALONG_X, x, along_x, row), (ALONG_Y, y, along_y, 1)):
        low_link, high_link, middle = kind[:, CORNER], kind[:, colour], diagonal[:, colour]
        points += low * (middle * low - 2 * low_link)
        points += behind(high * (middle * high - 2 * high_link), shift)
        lines.append(high * low_link + low * high_link - middle * low * high)
    lines[0] += pairs[0, 2] + behind(pairs[1, 3], 1)
    lines[1] += pairs[0, 1] + behind(pairs[2, 3], row)
    fields = (points, lines[0], lines[1], pairs[0, 3], pairs[1, 2])
    return NinePoints(*(field.reshape(-1, layout.rows, row) for field in fields))
