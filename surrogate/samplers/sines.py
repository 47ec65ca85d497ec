"""Sums of a few sine waves, each with a random number of periods, height and phase."""

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
    """``terms`` waves of 1 to ``highest`` periods, each at most ``amplitude`` high.

    ``between`` moves and scales the sum so that it lies between two values whatever the phases; null leaves it.
    """

    terms: Annotated[int, Field(ge=1)]
    highest: Annotated[int, Field(ge=1)]
    amplitude: Annotated[float, Field(gt=0)]
    between: tuple[float, float] | None


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return the samples ``indices`` on the points of ``grid``, ``(len(indices), n)``: the same functions on any grid.

    ``sum_i A_i sin(2 pi k_i x / L + phase_i)`` with ``A_i`` uniform in ``[0, amplitude]``, ``k_i`` in
    ``1..highest`` and ``phase_i`` in ``[0, 2 pi)``.

    Raises:
        SettingsError: more than one axis, or fewer than three points for the shortest wave.

    Source: Takamoto et al. (2022), PDEBench, arXiv:2210.07182, equation (8), without its windows and absolute values.
    """
    if len(grid.points) != 1 or grid.points[0] < 3 * settings.highest:
        raise SettingsError(f"sines: waves of {settings.highest} periods on a grid of {list(grid.points)}")
    x = 2 * np.pi * (grid.coordinates()[0] - grid.origin[0]) / grid.lengths[0]
    fields = np.empty((len(indices), *grid.points))
    for row, index in enumerate(indices):
        draws = stream(seed, split, index).random((3, settings.terms))
        heights = settings.amplitude * draws[0]
        waves = 1 + np.floor(settings.highest * draws[1])
        fields[row] = (heights[:, None] * np.sin(waves[:, None] * x + 2 * np.pi * draws[2][:, None])).sum(0)
    if settings.between is None:
        return fields
    low, high = settings.between
    return low + (high - low) * (1 + fields / (settings.terms * settings.amplitude)) / 2
