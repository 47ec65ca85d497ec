"""Sums of round bumps ``a exp(-|x - c|^2 / (2 w^2))`` at random places."""

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
    """``bumps`` of heights from ``low`` to ``high`` and widths from ``narrowest`` to ``widest``."""

    bumps: Annotated[int, Field(ge=1)]
    low: float
    high: float
    narrowest: Annotated[float, Field(gt=0)]
    widest: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _in_order(self) -> Settings:
        if self.low > self.high or self.narrowest > self.widest:
            raise ValueError(
                f"low must not exceed high nor narrowest widest, got {self.low}, {self.high} and "
                f"{self.narrowest}, {self.widest}"
            )
        return self


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return the samples ``indices`` on the points of ``grid``, shape ``(len(indices), *points)``.

    Centres are uniform in the box, heights and widths uniform between their bounds, all independent. A sample is the
    same function on every grid.
    """
    x = np.stack(np.meshgrid(*grid.coordinates(), indexing="ij"), axis=-1)
    fields = np.zeros((len(indices), *grid.points))
    for row, index in enumerate(indices):
        random = stream(seed, split, index)
        centres = np.array(grid.origin) + random.random((settings.bumps, len(grid.points))) * np.array(grid.lengths)
        heights = settings.low + (settings.high - settings.low) * random.random(settings.bumps)
        widths = settings.narrowest + (settings.widest - settings.narrowest) * random.random(settings.bumps)
        for centre, height, width in zip(centres, heights, widths, strict=True):
            fields[row] += height * np.exp(-((x - centre) ** 2).sum(-1) / (2 * width**2))
    return fields
