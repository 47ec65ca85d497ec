"""Smooth Gaussian random fields: covariance ``deviation^2 exp(-|x - y|^2 / (2 length^2))``, without a boundary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surrogate.samplers._random_field import RandomField
from surrogate.samplers._streams import stream
from surrogate.spaces import Grid, Split

Positive = Annotated[float, Field(gt=0)]

# The field has a period that exceeds the box by so many lengths, and waves up to so many inverse lengths: what both
# leave out of the covariance is below 1e-15 of it.
_MARGIN = 8.5
_HIGHEST = 8.5


class Settings(RandomField):
    """The ``length`` over which values are alike, in units of the box, and the ``deviation`` of a value."""

    length: Positive
    deviation: Positive


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return the samples ``indices`` on the points of ``grid``, shape ``(len(indices), *points)``.

    Fourier series on a larger box with the coefficients of the covariance, so a sample is the same smooth function on
    every grid, and neither a matrix nor its factors are needed.

    Source: Rasmussen, Williams (2006), Gaussian Processes for Machine Learning, equation (4.9) and section 4.2.1;
        used by Lu et al. (2021), DeepONet, arXiv:1910.03193, section 4.
    """
    axes = [
        _basis(coordinates - origin, length, settings.length)
        for coordinates, origin, length in zip(grid.coordinates(), grid.origin, grid.lengths, strict=True)
    ]
    letters = "xyz"[: len(axes)]
    series = ",".join([letters.upper(), *[f"{letter.upper()}{letter}" for letter in letters]]) + "->" + letters
    fields = np.empty((len(indices), *grid.points))
    for row, index in enumerate(indices):
        noise = stream(seed, split, index).standard_normal([len(basis) for basis in axes])
        fields[row] = np.einsum(series, noise, *axes, optimize=True)
    return settings.deviation * fields


def _basis(x: NDArray[np.floating], box: float, length: float) -> NDArray[np.float64]:
    """Return the waves along one axis times their deviations, ``(waves, points)``: constant, cosines, sines."""
    period = box + _MARGIN * length
    frequency = 2 * np.pi / period * np.arange(1, int(np.ceil(_HIGHEST * period / (2 * np.pi * length))) + 1)
    share = np.sqrt(2 * np.pi) * length / period
    deviation = np.sqrt(2 * share) * np.exp(-((frequency * length) ** 2) / 4)
    phase = frequency[:, None] * x
    constant = np.full((1, len(x)), np.sqrt(share))
    return np.concatenate((constant, deviation[:, None] * np.cos(phase), deviation[:, None] * np.sin(phase)))
