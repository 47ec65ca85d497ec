"""Sums of a few sine waves with random numbers, amplitudes and phases, periodic on the box."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surrogate.samplers._random_field import RandomField
from surrogate.samplers._streams import stream
from surrogate.spaces import Grid, Split


class Settings(RandomField):
    """``terms`` waves, each of at most ``highest`` periods along every axis and of an amplitude up to ``amplitude``."""

    terms: Annotated[int, Field(ge=1)]
    highest: Annotated[int, Field(ge=1)]
    amplitude: Annotated[float, Field(gt=0)]


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return the samples ``indices`` on the points of ``grid``, shape ``(len(indices), *points)``.

    ``sum_j A_j sin(2 pi k_j.x/L + phi_j)``: ``A_j`` uniform up to ``amplitude``, ``phi_j`` uniform on the circle, and
    ``k_j`` uniform among the whole vectors with ``|k_i| <= highest`` but zero, one of each ``+-k``. The variance of a
    value is ``terms amplitude^2 / 6``. A sample is the same function on every grid.

    Source: Takamoto et al. (2022), PDEBench, arXiv:2210.07182, appendix D.1, equation (8).
    """
    axes = [
        (coordinates - origin) / length
        for coordinates, origin, length in zip(grid.coordinates(), grid.origin, grid.lengths, strict=True)
    ]
    x = np.stack(np.meshgrid(*axes, indexing="ij"))
    side, dimensions = 2 * settings.highest + 1, len(axes)
    half = side**dimensions // 2  # the vectors after the zero vector, in the order of their digits
    fields = np.empty((len(indices), *grid.points))
    for row, index in enumerate(indices):
        random = stream(seed, split, index)
        number = half + 1 + random.integers(half, size=settings.terms)
        waves = np.stack(np.unravel_index(number, (side,) * dimensions), axis=1) - settings.highest
        amplitude = settings.amplitude * random.random(settings.terms)
        phase = 2 * np.pi * random.random(settings.terms)
        fields[row] = sum(
            a * np.sin(2 * np.pi * np.tensordot(k, x, 1) + p) for a, k, p in zip(amplitude, waves, phase, strict=True)
        )
    return fields
