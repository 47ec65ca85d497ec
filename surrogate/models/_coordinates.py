"""Where the points of a grid lie, as channels that a model can read.

Shape letters: n points, d axes, e channels of the embedding, s... space.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from surrogate.operators.operator import Layout
from surrogate.spaces import Boundary, Grid, Problem


def coordinate_channels(grid: Grid, boundary: Boundary, harmonics: int) -> Tensor:
    """Return what a model may know of the place of a point, float64, shape (e, s...).

    Along an axis that is not periodic: x in [0, 1], and cos(pi k x), sin(pi k x) for k = 1 .. harmonics - 1. Along a
    periodic axis: cos(2 pi k x) and sin(2 pi k x) for k = 1 .. harmonics, so that the two ends are one place.
    """
    channels = []
    for axis in range(len(grid.points)):
        shape = [n if axis == other else 1 for other, n in enumerate(grid.points)]
        features = _along_axis(_places(grid, axis), boundary.periodic[axis], harmonics)
        channels += [feature.reshape(shape).expand(grid.points) for feature in features]
    return torch.stack(channels)


def coordinate_features(places: Tensor, boundary: Boundary, harmonics: int) -> Tensor:
    """Return the same (e, n) for points anywhere: ``places`` (n, d), each coordinate a part, 0 to 1, of the box."""
    axes = zip(places.unbind(1), boundary.periodic, strict=True)
    return torch.stack([feature for x, periodic in axes for feature in _along_axis(x, periodic, harmonics)])


def with_places(fields: Tensor, problem: Problem, layout: Layout) -> Tensor:
    """Return the fields of a batch with the coordinates of their points as further channels, with one harmonic."""
    axis = 1 if layout == "first" else -1
    grid = problem.grid.resized(tuple(fields.movedim(axis, 1).shape[2:]))
    place = coordinate_channels(grid, problem.boundary, 1).to(fields)
    place = place if layout == "first" else place.movedim(0, -1)
    return torch.cat([fields, place.expand(fields.shape[0], *place.shape)], dim=axis)


def coordinate_count(boundary: Boundary, harmonics: int) -> int:
    """Return how many channels :func:`coordinate_channels` has."""
    return sum(2 * harmonics if periodic else 2 * harmonics - 1 for periodic in boundary.periodic)


def _places(grid: Grid, axis: int) -> Tensor:
    """Return the coordinates along an axis as parts of the box, (s_axis,)."""
    n, where = grid.points[axis], grid.placement[axis]
    if isinstance(n, torch.SymInt):
        # A graph for any grid makes them itself, and ONNX divides by a tensor, not by a size.
        points = torch.arange(n, dtype=torch.float64)
        return (points + (0.5 if where == "cells" else 0.0)) / (points[-1:] + (0.0 if where == "nodes" else 1.0))
    return torch.from_numpy((grid.coordinates()[axis] - grid.origin[axis]) / grid.lengths[axis])


def _along_axis(x: Tensor, periodic: bool, harmonics: int) -> list[Tensor]:
    if periodic:
        angles = [2 * math.pi * k * x for k in range(1, harmonics + 1)]
        return [wave for angle in angles for wave in (angle.cos(), angle.sin())]
    angles = [math.pi * k * x for k in range(1, harmonics)]
    return [x, *(wave for angle in angles for wave in (angle.cos(), angle.sin()))]
