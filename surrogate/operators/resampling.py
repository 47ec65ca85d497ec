"""Fields on another grid over the same box: coarser, finer, or of any size. Every map here is linear and fixed.

Shape letters: b batch, c channels, s... space. Axes of ``cells`` carry means over cells, others values at points.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from surrogate.spaces import Grid, Placement

Points = tuple[int, ...]


def doubled(points: Sequence[int], placement: Sequence[Placement]) -> Points:
    """Return the points of the grid with half the spacing: 2 n cells, or 2 n - 1 nodes where both ends are nodes."""
    return tuple(2 * n - 1 if where == "nodes" else 2 * n for n, where in zip(points, placement, strict=True))


def halved(points: Sequence[int], placement: Sequence[Placement]) -> Points:
    """Return the largest grid that doubled is not finer than one of ``points``."""
    return tuple((n + 1) // 2 if where == "nodes" else n // 2 for n, where in zip(points, placement, strict=True))


def interleaved(field: Tensor, placement: Sequence[Placement]) -> list[Tensor]:
    """Return the fields on half of an even number of cells that lie interleaved in ``field`` (b, c, s...), all of them.

    Each takes one half of every new cell along every axis: 2^d fields for d axes of cells, whose mean over all is
    the field of means. Of nodes there is one choice, those that both grids share.
    """
    parts = [field]
    for axis, where in enumerate(placement, start=2):
        starts = (0, 1) if where == "cells" else (0,)
        parts = [part[(slice(None),) * axis + (slice(start, None, 2),)] for part in parts for start in starts]
    return parts


def resample(field: Tensor, grid: Grid, periodic: Sequence[bool]) -> Tensor:
    """Return ``field`` (b, c, s...) on the points of ``grid``, which spans the same box, (b, c, points...).

    Means over cells are kept: a new cell has the mean over itself of what is constant on each old one, so coarser
    cells are averages and finer ones copies. Values at points are interpolated linearly, and nodes that both grids
    share keep theirs.
    """
    for axis, (n, where, closed) in enumerate(zip(grid.points, grid.placement, periodic, strict=True), start=2):
        if field.shape[axis] != n:
            moved = field.movedim(axis, -1)
            moved = _remapped(moved, n) if where == "cells" else _interpolated(moved, n, where, closed)
            field = moved.movedim(-1, axis)
    return field


def _remapped(field: Tensor, n: int) -> Tensor:
    """Return the means over ``n`` cells along the last axis, as differences of the integral up to each face."""
    old = field.shape[-1]
    if old % n == 0:
        return field.unflatten(-1, (n, old // n)).mean(-1)
    if n % old == 0:
        return field.repeat_interleave(n // old, dim=-1)
    integral = torch.cumsum(torch.nn.functional.pad(field.double(), (1, 0)), dim=-1)
    faces = torch.arange(n + 1, device=field.device, dtype=torch.float64) * old / n
    return (torch.diff(_linear(integral, faces, False), dim=-1) * n / old).to(field.dtype)


def _interpolated(field: Tensor, n: int, where: Placement, closed: bool) -> Tensor:
    old = field.shape[-1]
    step = (old - 1) / (n - 1) if where == "nodes" else old / n
    return _linear(field, torch.arange(n, device=field.device, dtype=torch.float64) * step, closed)


def _linear(field: Tensor, places: Tensor, closed: bool) -> Tensor:
    """Return linear interpolation along the last axis at ``places``, in steps of it; past an open end it goes on."""
    old = field.shape[-1]
    low = places.floor().long()
    if not closed:
        low = low.clamp(max=old - 2)
    share = (places - low).to(field.dtype)
    return field[..., low] * (1 - share) + field[..., (low + 1) % old] * share


def double(field: Tensor, grid: Grid, periodic: Sequence[bool]) -> Tensor:
    """Return ``field`` (b, c, s...) with half the spacing, to fourth order, third at the ends.

    The axes are placed as those of ``grid``, whose points do not matter. The two halves of a cell have its mean as
    theirs, ``u -+ (22 (u_+1 - u_-1) - 3 (u_+2 - u_-2)) / 128``. Nodes keep their values, and have the cubic through
    four of them between. Past an end the parabola through three points goes on, whatever the boundary condition.
    """
    for axis, (where, closed) in enumerate(zip(grid.placement, periodic, strict=True), start=2):
        moved = extended(field.movedim(axis, -1), 2, closed)
        lowest, lower, middle, upper, highest = (moved[..., i : moved.shape[-1] - 4 + i] for i in range(5))
        if where == "cells":
            slope = (22 * (upper - lower) - 3 * (highest - lowest)) / 128
            pair = (middle - slope, middle + slope)
        else:
            pair = (middle, (9 * (middle + upper) - lower - highest) / 16)
        fine = torch.stack(pair, dim=-1).flatten(-2)
        field = (fine[..., :-1] if where == "nodes" else fine).movedim(-1, axis)
    return field


def extended(field: Tensor, width: int, closed: bool) -> Tensor:
    """Return ``field`` with ``width`` points more at both ends of its last axis: wrapped, or by parabolas."""
    if closed:
        return torch.cat([field[..., -width:], field, field[..., :width]], dim=-1)
    for _ in range(width):
        first, last = field[..., :3], field[..., -3:]
        before = 3 * (first[..., :1] - first[..., 1:2]) + first[..., 2:]
        after = 3 * (last[..., 2:] - last[..., 1:2]) + last[..., :1]
        field = torch.cat([before, field, after], dim=-1)
    return field
