"""Where the points of a grid lie, as channels that a model can read.

Shape letters: n points, d axes, e channels of the embedding, s... space.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from surrogate.operators.operator import Layout
from surrogate.spaces import Boundary, Grid, Placement, Problem, axis_coordinates


def coordinate_channels(points: Sequence[int], grid: Grid, boundary: Boundary, harmonics: int) -> Tensor:
    """Return what a model may know of the place of each of the ``points`` of a grid's box, float64, (e, s...).

    Along an axis that is not periodic: x in [0, 1], and cos(pi k x), sin(pi k x) for k = 1 .. harmonics - 1. Along a
    periodic axis: cos(2 pi k x) and sin(2 pi k x) for k = 1 .. harmonics, so that the two ends are one place.
    """
    channels = []
    axes = zip(points, grid.lengths, grid.placement, grid.origin, boundary.periodic, strict=True)
    for axis, (n, length, where, start, periodic) in enumerate(axes):
        shape = [n if axis == other else 1 for other in range(len(points))]
        features = _along_axis(_places(n, length, where, start), periodic, harmonics)
        channels += [feature.reshape(shape).expand(*points) for feature in features]
    return torch.stack(channels)


def coordinate_features(places: Tensor, boundary: Boundary, harmonics: int) -> Tensor:
    """Return the same (e, n) for points anywhere: ``places`` (n, d), each coordinate a part, 0 to 1, of the box."""
    axes = zip(places.unbind(1), boundary.periodic, strict=True)
    return torch.stack([feature for x, periodic in axes for feature in _along_axis(x, periodic, harmonics)])


def with_places(fields: Tensor, problem: Problem, layout: Layout) -> Tensor:
    """Return the fields of a batch with the coordinates of their points as further channels, with one harmonic."""
    axis = 1 if layout == "first" else -1
    points = tuple(fields.shape[2:] if layout == "first" else fields.shape[1:-1])
    place = coordinate_channels(points, problem.grid, problem.boundary, 1).to(fields)
    place = place if layout == "first" else place.movedim(0, -1)
    return torch.cat([fields, place.expand(fields.shape[0], *place.shape)], dim=axis)


def coordinate_count(boundary: Boundary, harmonics: int) -> int:
    """Return how many channels :func:`coordinate_channels` has."""
    return sum(2 * harmonics if periodic else 2 * harmonics - 1 for periodic in boundary.periodic)


def _places(n: int, length: float, where: Placement, start: float) -> Tensor:
    """Return the coordinates of ``n`` points along an axis as parts of the box, (n,)."""
    if isinstance(n, torch.SymInt):
        # A graph for any grid makes them itself, and ONNX divides by a tensor, not by a size.
        points = torch.arange(n, dtype=torch.float64)
        return (points + (0.5 if where == "cells" else 0.0)) / (points[-1:] + (0.0 if where == "nodes" else 1.0))
    return torch.from_numpy((axis_coordinates(n, length, where, start) - start) / length)


def _along_axis(x: Tensor, periodic: bool, harmonics: int) -> list[Tensor]:
    if periodic:
        angles = [2 * math.pi * k * x for k in range(1, harmonics + 1)]
        return [wave for angle in angles for wave in (angle.cos(), angle.sin())]
    angles = [math.pi * k * x for k in range(1, harmonics)]
    return [x, *(wave for angle in angles for wave in (angle.cos(), angle.sin()))]
