"""Four constant states of a gas, one in each quadrant of a box."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surrogate.errors import SettingsError
from surrogate.samplers._intervals import Interval, share_beyond, uniform
from surrogate.samplers._random_field import RandomField
from surrogate.samplers._streams import stream
from surrogate.spaces import Grid, Split


class Settings(RandomField):
    """The intervals of density, velocity along each axis and pressure, drawn anew for each quadrant.

    ``corner`` is the interval of the place where the quadrants meet, as a share of the length along each axis.
    """

    density: Interval
    velocity: Interval
    pressure: Interval
    corner: Interval


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return density, velocities and pressure of the samples ``indices``, shape ``(len(indices), 4, x, y)``.

    A cell that several quadrants share holds the mean of their fields.

    Raises:
        SettingsError: the grid has not two axes.

    Source: Schulz-Rinne, Collins, Glaz (1993), SIAM J. Sci. Comput. 14, 1394.
    """
    if len(grid.points) != 2:
        raise SettingsError(f"quadrants: expected two axes, the grid has {len(grid.points)}")
    intervals = (settings.density, settings.velocity, settings.velocity, settings.pressure)
    samples = []
    for index in indices:
        draws = stream(seed, split, index)
        shares = []
        for x, size, origin, length in zip(grid.coordinates(), grid.spacing, grid.origin, grid.lengths, strict=True):
            beyond = share_beyond(origin + length * uniform(draws, settings.corner), x, size)
            shares.append(np.stack((1 - beyond, beyond)))
        states = np.array([[[uniform(draws, i) for i in intervals] for _ in range(2)] for _ in range(2)])
        samples.append(np.einsum("ix,jy,ijc->cxy", *shares, states))
    return np.array(samples)
