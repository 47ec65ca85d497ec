"""Fourier series of real fields on periodic boxes: wavenumbers, the two-thirds rule, interpolation, resolution.

Shape letters: b leading axes, s... space. Spectra are those of ``torch.fft.rfftn`` with ``norm="forward"``: a
coefficient is an amplitude, whatever the number of points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]


def integer_waves(points: Sequence[int]) -> list[Tensor]:
    """Return the integer wavenumbers of a real spectrum along each axis, float64, shaped to broadcast over it."""
    waves = []
    for axis, n in enumerate(points):
        last = axis == len(points) - 1
        k = torch.arange(n // 2 + 1, dtype=torch.float64) if last else torch.fft.fftfreq(n, 1 / n, dtype=torch.float64)
        waves.append(k.reshape(*[-1 if other == axis else 1 for other in range(len(points))]))
    return waves


def two_thirds(points: Sequence[int]) -> Tensor:
    """Return the mask of the waves that a product of two fields does not alias into: ``3 |k_i| < n_i`` on each axis.

    Source: Orszag (1971), J. Atmos. Sci. 28, 1074.
    """
    mask = torch.ones((), dtype=torch.bool)
    for k, n in zip(integer_waves(points), points, strict=True):
        mask = mask & (3 * k.abs() < n)
    return mask


def interpolate_periodic(field: Tensor, refine: int, dimensions: int) -> Tensor:
    """Return the trigonometric interpolant of ``field``, ``(b, s...)``, on ``refine`` times as many points per axis.

    The Nyquist wave, of which a grid sees only the cosine, is dropped.
    """
    for axis in range(-dimensions, 0):
        n = field.shape[axis]
        spectrum = torch.fft.rfft(field, dim=axis, norm="forward").narrow(axis, 0, (n + 1) // 2)
        field = torch.fft.irfft(spectrum, n=refine * n, dim=axis, norm="forward")
    return field


def resolved(field: Tensor, dimensions: int) -> Tensor:
    """Return ``field``, ``(b, s...)``, without the waves that :func:`two_thirds` drops, on the same points."""
    axes = tuple(range(-dimensions, 0))
    points = tuple(field.shape[-dimensions:])
    spectrum = torch.where(two_thirds(points).to(field.device), torch.fft.rfftn(field, dim=axes), 0)
    return torch.fft.irfftn(spectrum, s=points, dim=axes)


def unresolved(field: Tensor, dimensions: int) -> Tensor:
    """Return the share of ``field``, ``(b..., s...)``, in the upper sixth of the kept waves, in L2, ``(b...)``.

    A series that has converged leaves nothing there: what lies beyond the last kept wave is smaller still.
    """
    axes = tuple(range(-dimensions, 0))
    points = [field.shape[axis] for axis in axes]
    waves = integer_waves(points)
    # A real spectrum holds one half of the waves, so those off the plane of symmetry count twice.
    weight = torch.where(waves[-1] > 0, 2.0, 1.0).to(field)
    size = torch.fft.rfftn(field, dim=axes, norm="forward").abs().square() * weight
    upper = torch.zeros((), dtype=torch.bool)
    for k, n in zip(waves, points, strict=True):
        upper = upper | (18 * k.abs() > 5 * n)
    total = size.sum(axes)
    return (torch.where(upper.to(field.device), size, 0.0).sum(axes) / torch.where(total > 0, total, 1.0)).sqrt()


def filtered(fields: Array, factor: Callable[[Array], Array]) -> Array:
    """Return periodic ``fields``, ``(..., x, y)`` of period 2 pi, with each wave ``k`` times ``factor(|k|^2)``."""
    n, m = fields.shape[-2:]
    square = np.add.outer(np.fft.fftfreq(n, 1 / n) ** 2, np.arange(m // 2 + 1.0) ** 2)
    smoothed: Array = np.fft.irfft2(np.fft.rfft2(fields) * factor(square), s=(n, m))
    return smoothed
