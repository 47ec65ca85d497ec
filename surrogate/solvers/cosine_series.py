"""Series of cosines through the centres of equal cells: their values elsewhere."""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.typing import NDArray

Array = NDArray[np.float64]


def traces(fields: Array) -> tuple[Array, Array, Array, Array]:
    """Return what the cosine series of ``fields``, ``(n, x, y)`` on cells, is on each side: ``(n, y)`` or ``(n, x)``.

    Sides that meet have the same value in their corner. A cosine series on finer cells has the same traces.
    """
    along_x, along_y = _ends(fields, axis=1), _ends(fields, axis=2)
    return (*along_x, *along_y)


def _ends(fields: Array, axis: int) -> tuple[Array, Array]:
    amplitudes = np.moveaxis(scipy.fft.dct(fields, type=2, axis=axis, norm="forward"), axis, -1)
    amplitudes[..., 1:] *= 2
    sign = (-1.0) ** np.arange(amplitudes.shape[-1])
    return amplitudes.sum(-1), (amplitudes * sign).sum(-1)


def cosines_at(values: Array, places: Array) -> Array:
    """Return the series of cosines that has ``values`` at the centres of cells, ``(p, ...)``, at ``places``."""
    amplitudes = scipy.fft.dct(values, type=2, axis=0, norm="forward")
    amplitudes[1:] *= 2
    cosines: Array = np.cos(np.pi * places[:, None] * np.arange(len(values)))
    return cosines @ amplitudes
