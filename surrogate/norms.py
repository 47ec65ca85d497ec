"""Relative errors of functions, one number per sample: what training minimises and evaluation reports.

Shapes: ``(b, c, s...)`` in, ``(b,)`` out; all channels and points of a sample count together. A mean of these
is a mean over samples of per-sample ratios, never a ratio of means.

With quadrature ``weights``, ``(b or 1, s...)``, sums over points are integrals, the same on any mesh; a point of weight
0 does not count, whatever its value. None stands for equal weights.

A ratio does not depend on the unit of the fields: both of its fields are divided by a power of two near the largest
value of the target before anything is squared. Dividing by a power of two is exact, so wherever the squares would have
fitted the result has the same bits, and float32 fields of 1e-22 or 1e20 have an error and a gradient too.
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor

from surrogate.spaces import Boundary, Grid, Space


class Norm(Protocol):
    """An error of predictions of functions of ``space``, (b, c, s...), per sample (b,)."""

    def __call__(self, prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> Tensor:
        """Return the error of each sample."""
        ...


def relative_l2(prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> Tensor:
    """Return ``||e|| / ||u||`` with the Euclidean norm over channels and points, or ``||v||^2 = sum_x w v^2``."""
    error, truth = _scaled(*counting(prediction, target, weights))
    return _length(error, weights) / _length(truth, weights)


def h1_fd(prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> Tensor:
    """Return ``||e||_H1 / ||u||_H1`` with ``||v||_H1^2 = sum_x v^2 + sum_edges |dv/h|^2``: full norm, physical spacing.

    The derivative lives on the edges between neighbouring points (two-point difference over the spacing of
    the grid), so that no oscillation hides in its null space. Periodic axes close; others have no edge beyond
    the last point. Points and edges weigh the same, so the cell volume cancels.

    Raises:
        SettingsError: the space has no grid.
        ValueError: there are weights, which edges do not have.
    """
    _refuse(weights)
    grid, boundary = space.grid, space.sides
    error, truth = _scaled(prediction, target)
    return _h1_length(error, grid, boundary) / _h1_length(truth, grid, boundary)


def h1_mgno(prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> Tensor:
    """Return the "H1" error of the MgNO paper: a weighted and truncated spectral norm on any boundary.

    The fields are Fourier transformed as if periodic and weighted with ``sqrt(1 + |k|^2)``, where ``k`` are integer
    wavenumbers without 2 pi and a component of ``k`` with ``|k_i| >= 20`` counts as 0.

    Source: He, Liu, Xu (ICLR 2024), arXiv:2310.19809, as in the training code the authors released.

    Raises:
        SettingsError: the space has no grid.
        ValueError: there are weights, which waves do not have.
    """
    _refuse(weights)
    axes = tuple(range(2, 2 + space.grid.dimensions))
    square = torch.ones((), dtype=target.dtype, device=target.device)
    for position, n in enumerate(target.shape[2:]):
        k = torch.fft.fftfreq(n, d=1 / n, dtype=target.dtype, device=target.device)
        k = torch.where(k.abs() >= 20, torch.zeros_like(k), k)
        shape = [1] * (target.ndim - 2)
        shape[position] = n
        square = square + k.reshape(shape) ** 2
    weight = torch.sqrt(square)
    error, truth = (torch.fft.fftn(field, dim=axes, norm="ortho") for field in _scaled(prediction, target))
    return _length(torch.view_as_real(error * weight)) / _length(torch.view_as_real(truth * weight))


def mse(prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> Tensor:
    """Return the mean over channels and points of the squared error, in the units of the field squared."""
    if weights is None:
        return (prediction - target).square().flatten(1).mean(1)
    prediction, target = counting(prediction, target, weights)
    return mean((prediction - target).square(), weights).mean(1)


def mean(field: Tensor, weights: Tensor | None) -> Tensor:
    """Return the mean over the points of (b, c, s...), ``sum_x w v / sum_x w``: (b, c)."""
    if weights is None:
        return field.flatten(2).mean(2)
    shares = weights.to(field.dtype).flatten(1)
    return (field.flatten(2) * (shares / shares.sum(1, keepdim=True))[:, None]).sum(2)


def counting(prediction: Tensor, target: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return both fields (b, c, s...) with zeros where the weight is 0, as they are where there are no weights."""
    if weights is None:
        return prediction, target
    counts = weights[:, None] > 0
    return torch.where(counts, prediction, 0.0), torch.where(counts, target, 0.0)


def binary_unit(field: Tensor) -> Tensor:
    """Return, per sample of (b, ...), the power of two at or below its largest absolute value; 1 where all is zero.

    The shape is ``(b, 1, ...)``. The field divided by it lies within -2 and 2, and has kept every bit. What is not
    finite is left as it is.
    """
    largest = field.detach().flatten(1).abs().amax(1)
    mantissa, _ = torch.frexp(largest)  # half a unit to a unit
    unit = largest / (2 * mantissa)
    return torch.where(unit.isfinite() & (unit > 0), unit, 1.0).reshape(-1, *[1] * (field.ndim - 1))


def _scaled(prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return the error and the target, both over the :func:`binary_unit` of the target."""
    unit = binary_unit(target)
    return (prediction - target) / unit, target / unit


def _length(field: Tensor, weights: Tensor | None = None) -> Tensor:
    if weights is not None:
        field = field * weights.to(field.dtype).sqrt()[:, None]
    return torch.linalg.vector_norm(field.flatten(1), dim=1)


def _refuse(weights: Tensor | None) -> None:
    if weights is not None:
        raise ValueError("an H1 norm by differences or waves has no weights; expected relative_l2 or mse")


def _h1_length(field: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    # A norm of norms, because a norm, unlike the root of a sum of squares, has a finite gradient at zero. All of them
    # times the power of two near the spacing, so that none overflows where that is tiny; it cancels in a ratio.
    short = min(1.0, *(2.0 ** math.floor(math.log2(h)) for h in grid.spacing))
    lengths = [short * _length(field)]
    for axis, (h, periodic) in enumerate(zip(grid.spacing, boundary.periodic, strict=True), start=2):
        difference = torch.roll(field, -1, dims=axis) - field if periodic else torch.diff(field, dim=axis)
        lengths.append(_length(difference) / (h / short))
    return torch.linalg.vector_norm(torch.stack(lengths, dim=1), dim=1)
