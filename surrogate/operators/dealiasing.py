"""Functions of a field applied on a finer grid, so that the frequencies they make do not fold back onto those kept.

Fields have their channels last. Shape letters: b batch, c channels, s... space.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.kernels.products import along


def dealiased(function: Callable[[Tensor], Tensor], field: Tensor, oversampling: float) -> Tensor:
    """Return a pointwise ``function`` of a periodic field, (b, s..., c) to (b, s..., c), with less aliasing.

    The field is interpolated by its Fourier series to at least ``oversampling`` times as many points, the function acts
    there, and the frequencies that the given points hold are kept. A product of two fields of frequencies up to ``K``
    has some up to ``2 K``; on N points it falls back to ``N - 2 K`` and above, so it is exact up to ``K`` where
    ``N > 3 K``: with ``oversampling=1.5`` for all that the points hold, without it for two thirds of them. A function
    that is no polynomial has no highest frequency; there aliasing becomes small, and not zero.

    Source: Orszag (1971), On the elimination of aliasing in finite-difference schemes by filtering high-wavenumber
    components, J. Atmos. Sci. 28; for neural operators McCabe et al. (2023), arXiv:2306.10619, section 4.
    """
    if oversampling <= 1:
        return function(field)
    space = tuple(field.shape[1:-1])
    finer = tuple(math.ceil(oversampling * n) for n in space)
    return resampled(function(resampled(field, finer)), space)


def resampled(field: Tensor, points: Sequence[int]) -> Tensor:
    """Return the Fourier series of a periodic field, (b, s..., c), at other equally spaced ``points`` of its axes.

    The frequencies that both grids hold are kept; of an even number of points the highest one, whose sign is unknown,
    is not.
    """
    for axis, (n, wanted) in enumerate(zip(field.shape[1:-1], points, strict=True), start=1):
        field = along(torch.from_numpy(_table(n, wanted)).to(field), field, axis)
    return field


@lru_cache(maxsize=64)
def _table(n: int, wanted: int) -> NDArray[np.float64]:
    """Return the matrix, (wanted, n), from values at ``n`` points to those of their series at ``wanted`` points."""
    highest = (min(n, wanted) - 1) // 2
    apart = np.arange(wanted)[:, None] / wanted - np.arange(n)[None, :] / n
    frequencies = np.arange(1, highest + 1)
    return (1 + 2 * np.cos(2 * np.pi * apart[..., None] * frequencies).sum(-1)) / n
