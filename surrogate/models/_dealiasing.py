"""Functions of a field applied on a finer grid, so that the frequencies they make do not fold back onto those kept.

Fields have their channels last. Shape letters: b batch, c channels, s... space.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor

from surrogate.operators.fourier_interpolation import resampled


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
