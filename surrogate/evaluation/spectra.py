"""Errors seen through Fourier transforms: by bands of wavenumbers, and of the energy in each shell.

Shapes: b sample, c channel, s... space, k shells of wavenumbers; predictions and targets ``(b, c, s...)``, errors
``(b,)``.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.spaces import Grid

# The shells at which PDEBench's middle and high bands begin.
MIDDLE, HIGH = 4, 12


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
    squares: Tensor = sum(k**2 for k in torch.meshgrid(*axes, indexing="ij"))  # type: ignore[assignment]
    return squares


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
