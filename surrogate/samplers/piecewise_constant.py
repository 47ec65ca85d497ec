"""Fields that are constant on random pieces of the box, with random values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from surrogate.samplers._random_field import RandomField
from surrogate.samplers._streams import stream
from surrogate.spaces import Grid, Split


class Settings(RandomField):
    """``pieces`` of the box, with values between ``low`` and ``high``."""

    pieces: Annotated[int, Field(ge=1)]
    low: float
    high: float

    @model_validator(mode="after")
    def _low_below_high(self) -> Settings:
        if not self.low < self.high:
            raise ValueError(f"low must be below high, got {self.low} and {self.high}")
        return self


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return the samples ``indices`` on the points of ``grid``, shape ``(len(indices), *points)``.

    Centres are uniform in the box and values uniform from ``low`` to ``high``; a point has the value of the centre
    nearest to it (a Voronoi diagram; intervals in one dimension), so a sample is the same function on every grid.
    """
    x = np.stack(np.meshgrid(*grid.coordinates(), indexing="ij"), axis=-1)
    fields = np.empty((len(indices), *grid.points))
    for row, index in enumerate(indices):
        random = stream(seed, split, index)
        centres = np.array(grid.origin) + random.random((settings.pieces, len(grid.points))) * np.array(grid.lengths)
        values = settings.low + (settings.high - settings.low) * random.random(settings.pieces)
        nearest = np.full(grid.points, np.inf)
        for centre, value in zip(centres, values, strict=True):
            distance = ((x - centre) ** 2).sum(-1)
            fields[row] = np.where(distance < nearest, value, fields[row])
            nearest = np.minimum(distance, nearest)
    return fields
