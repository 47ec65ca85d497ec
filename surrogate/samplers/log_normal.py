"""Positive fields whose logarithm is a Gaussian random field."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surrogate.samplers import gaussian
from surrogate.samplers._random_field import RandomField
from surrogate.spaces import Grid, Split


class Settings(RandomField):
    """``exp`` of the Gaussian ``field``."""

    field: gaussian.Settings


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return the samples ``indices`` on the points of ``grid``, shape ``(len(indices), *points)``."""
    return np.exp(gaussian.sample(settings.field, grid, seed, split, indices))
