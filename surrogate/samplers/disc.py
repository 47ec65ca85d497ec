"""One value inside a disc, another outside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surrogate.errors import SettingsError
from surrogate.samplers._intervals import Interval, uniform
from surrogate.samplers._random_field import RandomField
from surrogate.samplers._streams import stream
from surrogate.spaces import Grid, Split

# Points along each axis of a cell that count how much of it lies inside.
POINTS = 16


class Settings(RandomField):
    """The intervals of the ``inside`` and ``outside`` values and of the ``radius``; the disc is in the middle."""

    inside: Interval
    outside: Interval
    radius: Interval


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return the means over cells of the samples ``indices``, shape ``(len(indices), x, y)``.

    Raises:
        SettingsError: the grid has not two axes.

    Source: Takamoto et al. (2022), PDEBench, arXiv:2210.07182, appendix D.4 (radial dam break).
    """
    if len(grid.points) != 2:
        raise SettingsError(f"disc: expected two axes, the grid has {len(grid.points)}")
    offsets = (np.arange(POINTS) + 0.5) / POINTS - 0.5
    axes = zip(grid.coordinates(), grid.spacing, grid.origin, grid.lengths, strict=True)
    x, y = (
        ((centres[:, None] + size * offsets).ravel() - origin - length / 2) ** 2
        for centres, size, origin, length in axes
    )
    samples = np.empty((len(indices), *grid.points))
    for row, index in enumerate(indices):
        draws = stream(seed, split, index)
        inside, outside = uniform(draws, settings.inside), uniform(draws, settings.outside)
        covered = x[:, None] + y < uniform(draws, settings.radius) ** 2
        share = covered.reshape(grid.points[0], POINTS, grid.points[1], POINTS).mean((1, 3))
        samples[row] = outside + (inside - outside) * share
    return samples
