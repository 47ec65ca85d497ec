"""Errors seen through Fourier transforms: by bands of wavenumbers, and of the energy in each shell.

Shapes: b sample, c channel, s... space, k shells of wavenumbers; predictions and targets ``(b, c, s...)``, errors
``(b,)``.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.spaces import Boundary, Grid

# The shells at which PDEBench's middle and high bands begin.
MIDDLE, HIGH = 4, 12


def fourier_low_rmse(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return PDEBench's fRMSE of the low band, shells 0 to 3; see :func:`fourier_shells`."""
    return fourier_shells(prediction - target)[..., :MIDDLE].mean((1, 2))


def fourier_middle_rmse(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return PDEBench's fRMSE of the middle band, shells 4 to 11; see :func:`fourier_shells`."""
    return fourier_shells(prediction - target)[..., MIDDLE:HIGH].mean((1, 2))


def fourier_high_rmse(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return PDEBench's fRMSE of the high band, shells from 12; see :func:`fourier_shells`."""
    return fourier_shells(prediction - target)[..., HIGH:].mean((1, 2))


def fourier_shells(error: Tensor) -> Tensor:
    """Return the amplitude of an error in each shell, ``(b, c, k)``: ``sqrt(sum |fft|^2)`` over the number of points.

    As PDEBench defines its fRMSE: one axis has one shell for each wave from 0 to ``n // 2``; two or three have
    ``min(n // 2)``, which hold the waves with all components in ``[0, n // 2)``, those of other signs left out, by
    their length rounded down. The field is transformed as if periodic; the sides of the box count 1, as in PDEBench's
    own scripts. A band is the mean over its shells, then over channels.

    Source: Takamoto et al. (2022), PDEBench, arXiv:2210.07182, appendix B; ``metric_func`` of the package pdebench
    0.1.0 for a batch of one. (It takes the root mean square over a batch, so its figures depend on the batch.)
    """
    points = error.shape[2:]
    size = error[0, 0].numel()
    if len(points) == 1:
        return torch.fft.rfft(error, dim=2).abs() / size
    corner = tuple(slice(n // 2) for n in points)
    square = torch.fft.fftn(error, dim=tuple(range(2, error.ndim))).abs().square()[(..., *corner)]
    length = torch.sqrt(sum_of_squares([torch.arange(n // 2, dtype=error.dtype) for n in points]))
    shell, shells = length.floor().long().to(error.device), shell_count(points)
    kept = shell < shells
    sums = error.new_zeros(*error.shape[:2], shells)
    return sums.index_add(2, shell[kept], square[..., kept]).sqrt() / size


def shell_count(points: tuple[int, ...]) -> int:
    """Return how many shells :func:`fourier_shells` has on a grid."""
    return points[0] // 2 + 1 if len(points) == 1 else min(n // 2 for n in points)


def sum_of_squares(axes: list[Tensor]) -> Tensor:
    """Return ``sum_i k_i^2`` on the grid that the axes span."""
    found: Tensor = sum(k**2 for k in torch.meshgrid(*axes, indexing="ij"))  # type: ignore[assignment]
    return found


def spectrum_distance(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return the energy-weighted mean energy log ratio, ``sum_k w_k |log(E(k) / E_true(k))|``, no unit.

    ``E(k)`` is the energy in a shell, summed over channels, see :func:`shells`, and ``w_k`` the share of shell k in the
    energy of the target; a shell without any counts nothing. Every axis must be periodic.

    Source: Wan et al. (2023), Debias coarsely, sample conditionally, arXiv:2305.15618 (MELR, here of each sample).
    """
    ours, true = (_energies(field, grid) for field in (prediction, target))
    share = true / true.sum(dim=1, keepdim=True)
    ratio = torch.where(true > 0, ours / true, torch.ones_like(true))
    return (share * torch.log(ratio).abs()).nan_to_num(nan=math.nan, posinf=math.inf).sum(dim=1)


def shells(grid: Grid) -> NDArray[np.int64]:
    """Return the shell of every wave of the FFT over the grid, ``(s...)``; -1 for those beyond the last.

    The number of a shell is the length of its wavenumbers in cycles over the longest side, rounded; shells end with the
    axis of the least.
    """
    longest = max(grid.lengths)
    each = [np.fft.fftfreq(n, d=1 / n) * longest / length for n, length in zip(grid.points, grid.lengths, strict=True)]
    shell = np.rint(np.sqrt(sum(k**2 for k in np.meshgrid(*each, indexing="ij")))).astype(np.int64)
    shell[shell > int(min(np.abs(k).max() for k in each))] = -1
    return shell


def _energies(field: Tensor, grid: Grid) -> Tensor:
    """Return the energy in each shell, ``(b, k)``, sum over channels."""
    shell = torch.from_numpy(shells(grid)).to(field.device)
    amplitude = torch.fft.fftn(field, dim=tuple(range(2, field.ndim)), norm="forward")
    square = amplitude.abs().square().sum(dim=1)
    kept = shell >= 0
    sums = field.new_zeros(len(field), int(shell.max()) + 1)
    return sums.index_add(1, shell[kept], square[:, kept])
