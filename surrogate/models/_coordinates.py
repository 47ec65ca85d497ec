"""Where the points of a grid lie, as channels that a model can read.

Shape letters: e channels of the embedding, s... space.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from surrogate.fields import Boundary, Grid


def coordinate_channels(grid: Grid, boundary: Boundary, harmonics: int) -> Tensor:
    """Return what a model may know of the place of a point, float64, shape (e, s...).

    Along an axis that is not periodic: x in [0, 1], and cos(pi k x), sin(pi k x) for k = 1 .. harmonics - 1. Along a
    periodic axis: cos(2 pi k x) and sin(2 pi k x) for k = 1 .. harmonics, so that the two ends are one place.
    """
    axes = [
        _along_axis((x - start) / length, periodic, harmonics)
        for x, start, length, periodic in zip(
            grid.coordinates(), grid.origin, grid.lengths, boundary.periodic, strict=True
        )
    ]
    channels = []
    for axis, features in enumerate(axes):
        shape = [n if axis == other else 1 for other, n in enumerate(grid.points)]
        channels += [np.broadcast_to(feature.reshape(shape), grid.points) for feature in features]
    return torch.from_numpy(np.stack(channels))


def coordinate_count(boundary: Boundary, harmonics: int) -> int:
    """Return how many channels :func:`coordinate_channels` has."""
    return sum(2 * harmonics if periodic else 2 * harmonics - 1 for periodic in boundary.periodic)


def _along_axis(x: np.ndarray, periodic: bool, harmonics: int) -> Sequence[np.ndarray]:
    if periodic:
        waves = [2 * np.pi * k * x for k in range(1, harmonics + 1)]
        return [wave(angle) for angle in waves for wave in (np.cos, np.sin)]
    waves = [np.pi * k * x for k in range(1, harmonics)]
    return [x, *(wave(angle) for angle in waves for wave in (np.cos, np.sin))]
