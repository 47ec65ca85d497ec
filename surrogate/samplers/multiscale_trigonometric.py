"""Positive fields on a square with waves of many lengths: a product of sines and cosines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surrogate.errors import SettingsError
from surrogate.samplers._random_field import RandomField
from surrogate.samplers._streams import stream
from surrogate.spaces import Grid, Split


class Settings(RandomField):
    """A factor for each of ``scales``, whose wavenumbers double from one to the next."""

    # The two directions of the waves are no mirror images of each other: samples turned are not of this law.
    symmetries: ClassVar = ()

    scales: Annotated[int, Field(ge=1)]


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return the samples ``indices`` on the points of ``grid``, ``(len(indices), n, m)``.

    The same function on any grid: the product over ``k = 1..scales`` of
    ``(1 + cos(a_k pi (x + y)) / 2) (1 + sin(a_k pi (y - 3 x)) / 2)``, with
    ``a_k`` uniform in ``[2^(k-1), 1.5 2^(k-1)]``.

    Raises:
        SettingsError: not two axes.

    Source: He, Liu, Xu (2024), MgNO, arXiv:2310.19809, section 5; after Owhadi (2017), SIAM Review 59, 99-149.
    """
    if len(grid.points) != 2:
        raise SettingsError(f"multiscale_trigonometric: drawn on two axes, the grid has {len(grid.points)}")
    x, y = np.meshgrid(*grid.coordinates(), indexing="ij")
    fields = np.ones((len(indices), *grid.points))
    lowest = 2.0 ** np.arange(settings.scales)
    for row, index in enumerate(indices):
        for wave in np.pi * lowest * (1 + 0.5 * stream(seed, split, index).random(settings.scales)):
            fields[row] *= (1 + np.cos(wave * (x + y)) / 2) * (1 + np.sin(wave * (y - 3 * x)) / 2)
    return fields
