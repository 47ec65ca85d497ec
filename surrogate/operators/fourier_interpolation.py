"""The Fourier series of a periodic field at other points than its own: a fixed linear map.

Fields have their channels last. Shape letters: b batch, c channels, s... space.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.kernels.products import along


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
