"""Fields of two values: a Gaussian random field, cut at zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surrogate.samplers import gaussian
from surrogate.samplers._random_field import RandomField
from surrogate.spaces import Grid, Split


class Settings(RandomField):
    """``high`` where the Gaussian ``field`` is not negative, ``low`` where it is."""

    low: Annotated[float, Field(gt=0)]
    high: Annotated[float, Field(gt=0)]
    field: gaussian.Settings


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return the samples ``indices`` on the points of ``grid``, shape ``(len(indices), *points)``.

    The sign of the field at a point decides for its whole cell. The amplitude of the field does not matter.

    Source: Li et al. (2021), Fourier Neural Operator, arXiv:2010.08895, appendix A.3.2.
    """
    field = gaussian.sample(settings.field, grid, seed, split, indices)
    return np.where(field >= 0, settings.high, settings.low)
