"""A band of denser gas that moves against the rest, with smooth edges and a slight swell across it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surrogate.errors import SettingsError
from surrogate.samplers._intervals import Interval, uniform
from surrogate.samplers._random_field import RandomField
from surrogate.samplers._streams import stream
from surrogate.spaces import Grid, Split


class Settings(RandomField):
    """The intervals of the ``density`` and the ``speed`` of the band and of the ``pressure`` everywhere.

    The rest has density 1 and the opposite speed. The edges lie at a quarter and three quarters of the y axis and are
    ``thickness`` wide. The velocity across is the sum of the waves 1 to ``waves`` along x, each with a uniform phase
    and an amplitude from the interval ``swell``, and fades away from the edges.
    """

    density: Interval
    speed: Interval
    pressure: Interval
    thickness: Annotated[float, Field(gt=0)]
    swell: Interval
    waves: Annotated[int, Field(ge=1)]


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return density, velocities and pressure at the centres of the cells, shape ``(len(indices), 4, x, y)``.

    Raises:
        SettingsError: the grid has not two axes.

    Source: McNally, Lyra, Passy (2012), ApJS 201, 18 (smooth edges), with random waves.
    """
    if len(grid.points) != 2:
        raise SettingsError(f"shear_layer: expected two axes, the grid has {len(grid.points)}")
    x, y = (
        (centres - origin) / length
        for centres, origin, length in zip(grid.coordinates(), grid.origin, grid.lengths, strict=True)
    )
    width = settings.thickness / grid.lengths[1]
    band = (np.tanh((y - 0.25) / width) - np.tanh((y - 0.75) / width)) / 2
    near = np.exp(-((y - 0.25) ** 2) / (8 * width**2)) + np.exp(-((y - 0.75) ** 2) / (8 * width**2))
    samples = []
    for index in indices:
        draws = stream(seed, split, index)
        density, speed, pressure = (
            uniform(draws, interval) for interval in (settings.density, settings.speed, settings.pressure)
        )
        swell = np.zeros_like(x)
        for wave in range(1, settings.waves + 1):
            amplitude, phase = uniform(draws, settings.swell), 2 * np.pi * draws.random()
            swell += amplitude * np.sin(2 * np.pi * wave * x + phase)
        everywhere = np.ones((len(x), len(y)))
        samples.append(
            [
                everywhere * (1 + (density - 1) * band),
                everywhere * speed * (2 * band - 1),
                swell[:, None] * near,
                everywhere * pressure,
            ]
        )
    return np.array(samples)
