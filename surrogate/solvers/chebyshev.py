"""Functions of an operator, such as its exponential, by Chebyshev series: exact in time up to rounding."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.fft
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.errors import SolverError

Array = NDArray[np.float64]
# Eigenvalues (m,) -> the matrix of functions of them, (outputs, inputs, m).
Functions = Callable[[Array], Array]
ROUNDING = 1e-15
LONGEST = 1 << 16


def apply_functions(
    operator: Callable[[Tensor], Tensor], radius: Tensor, functions: Functions, vectors: Tensor
) -> Tensor:
    """Return ``sum_j f_ij(A) v_j``, ``(b, outputs, k...)``, for an operator with eigenvalues from ``-radius`` to 0.

    Each series ends where its coefficients fall below rounding, for each sample by itself.

    Args:
        operator: ``A``, of vectors ``(b, inputs, k...)``, each by itself.
        radius: at least the size of every eigenvalue, ``(b,)``.
        functions: ``f``, smooth from ``-radius`` to 0.
        vectors: ``v``, ``(b, inputs, k...)``.

    Raises:
        SolverError: a function takes too many terms: the interval of time is too long.

    Source: Tal-Ezer, Kosloff (1984), J. Chem. Phys. 81, 3967.
    """
    series = [_coefficients(functions, float(size)) for size in radius]
    longest = max(one.shape[-1] for one in series)
    padded = np.stack([np.pad(one, ((0, 0), (0, 0), (0, longest - one.shape[-1]))) for one in series])
    weights = torch.from_numpy(padded).to(radius)
    shape = (-1, *[1] * (vectors.ndim - 1))
    scale = 2 / radius.reshape(shape)

    def shifted(vector: Tensor) -> Tensor:
        return torch.addcmul(vector, scale, operator(vector))

    def term(order: int, vector: Tensor) -> Tensor:
        weight = weights[..., order].reshape(*weights.shape[:3], *[1] * (vectors.ndim - 2))
        return (weight * vector[:, None]).sum(2)

    before, now = vectors, shifted(vectors)
    total = term(0, before) + term(1, now)
    for order in range(2, longest):
        before, now = now, 2 * shifted(now) - before
        total = total + term(order, now)
    return total


def _coefficients(functions: Functions, radius: float) -> Array:
    """Return the Chebyshev coefficients on ``[-radius, 0]``, ``(outputs, inputs, terms)``, at least two."""
    terms = 16
    while terms <= LONGEST:
        # Both ends are nodes: a function that has fallen to nothing at all others still shows at zero.
        angles = np.pi * np.arange(terms + 1) / terms
        values = functions(-radius * np.sin(angles / 2) ** 2)
        coefficients: Array = scipy.fft.dct(values, type=1, axis=-1) / terms
        coefficients[..., [0, -1]] /= 2
        limit = ROUNDING * np.abs(values).max(axis=-1, keepdims=True)
        large = np.nonzero((np.abs(coefficients) > limit).any((0, 1)))[0]
        last = int(large[-1]) + 1 if len(large) else 2
        if last <= 3 * terms // 4:
            return coefficients[..., : max(last, 2)]
        terms *= 2
    raise SolverError(f"a Chebyshev series of over {LONGEST} terms; take more steps (equation.steps)")
