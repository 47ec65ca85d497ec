"""Fields of two values: a sum of Gaussian bumps at random places, cut at its mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import scipy.special
from numpy.typing import NDArray
from pydantic import Field

from surrogate.samplers._random_field import RandomField
from surrogate.samplers._streams import stream
from surrogate.spaces import Grid, Split

Positive = Annotated[float, Field(gt=0)]


class Settings(RandomField):
    """``high`` where the sum of ``bumps`` of squared width up to ``widest`` exceeds its mean, ``low`` elsewhere."""

    low: Positive
    high: Positive
    bumps: Annotated[int, Field(ge=1)]
    widest: Positive


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return the samples ``indices`` on the points of ``grid``, shape ``(len(indices), *points)``.

    Bumps ``exp(-|x - c|^2 / s)``, ``c`` uniform in the box, ``s`` uniform in ``[0, widest]``. The threshold is the mean
    over all samples of the law and over the box, where the source takes the mean over its own batch, which would let a
    sample depend on the others.

    Source: Takamoto et al. (2022), PDEBench, arXiv:2210.07182, appendix D (Darcy flow).
    """
    points = np.stack(np.meshgrid(*grid.coordinates(), indexing="ij"), axis=-1)
    threshold = mean_of_bumps(settings, grid.lengths)
    fields = np.empty((len(indices), *grid.points))
    for row, index in enumerate(indices):
        random = stream(seed, split, index)
        centres = np.array(grid.origin) + random.random((settings.bumps, len(grid.points))) * np.array(grid.lengths)
        squares = settings.widest * (1 - random.random(settings.bumps))  # never zero
        distance = ((points[..., None, :] - centres) ** 2).sum(-1)
        total = np.exp(-distance / squares).sum(-1)
        fields[row] = np.where(total > threshold, settings.high, settings.low)
    return fields


def mean_of_bumps(settings: Settings, lengths: Sequence[float]) -> float:
    """Return the mean of the sum over the law and a box of the given ``lengths``."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    square = settings.widest * (nodes + 1) / 2
    means = np.ones_like(square)
    for length in lengths:  # the mean over two uniform points of exp(-(x - c)^2 / s)
        s = square / length**2
        means *= np.sqrt(np.pi * s) * scipy.special.erf(1 / np.sqrt(s)) + s * np.expm1(-1 / s)
    return float(settings.bumps * (weights @ means) / 2)
