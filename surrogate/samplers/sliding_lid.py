"""Speeds of a lid that slides over a box: nothing at both ends, and flat there, so that no corner sees a jump."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surrogate.errors import SettingsError
from surrogate.samplers._random_field import RandomField
from surrogate.samplers._streams import stream
from surrogate.spaces import Grid, Split


class Settings(RandomField):
    """``sin(pi x)^3``, which is 1 in the middle, and ``terms`` more, of random heights that fall with their number."""

    terms: Annotated[int, Field(ge=1)]
    variation: Annotated[float, Field(ge=0)]


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return the samples ``indices`` on the nodes of ``grid``, ``(len(indices), n)``: the same functions on any grid.

    ``sin(pi x)^3 + variation sum_k xi_k / k (sin k pi x - k / (k + 2) sin (k + 2) pi x)`` with ``k`` from 1 to
    ``terms`` and ``xi`` independent standard normal numbers: sums of sines without a slope at the ends.

    Raises:
        SettingsError: more than one axis, not nodes, or too few of them for the shortest wave.
    """
    if len(grid.points) != 1 or grid.placement != ("nodes",) or grid.points[0] < settings.terms + 4:
        raise SettingsError(f"sliding_lid: {settings.terms} terms need {settings.terms + 4} nodes along one axis")
    x = (grid.coordinates()[0] - grid.origin[0]) / grid.lengths[0]
    number = np.arange(1, settings.terms + 1)[:, None]
    shapes = np.sin(np.pi * number * x) - number / (number + 2) * np.sin(np.pi * (number + 2) * x)
    heights = np.stack([stream(seed, split, index).standard_normal(settings.terms) for index in indices])
    speeds: NDArray[np.float64] = np.sin(np.pi * x) ** 3 + settings.variation * (heights / number[:, 0]) @ shapes
    speeds[:, [0, -1]] = 0.0
    return speeds
