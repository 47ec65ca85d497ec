"""Errors of predictions, one number per sample.

Shapes: b sample, c channel, s... space; predictions and targets ``(b, c, s...)``, errors ``(b,)``.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.evaluation.metrics.spectra import (
    HIGH,
    MIDDLE,
    fourier_high_rmse,
    fourier_low_rmse,
    fourier_middle_rmse,
    shell_count,
    spectrum_distance,
)
from surrogate.norms import Norm, h1_fd, h1_mgno, relative_l2
from surrogate.spaces import Boundary, Grid

Values = NDArray[np.float64]


def rmse(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return the root mean square error, mean over channels, in the unit of the field.

    Source of this and of the next four: Takamoto et al. (2022), PDEBench, arXiv:2210.07182, appendix B; ``metric_func``
    of the package pdebench 0.1.0 for a batch of one.
    """
    return _deviation(prediction - target).mean(1)


def nrmse(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return the root mean square error over the root mean square of the target, mean over channels (PDEBench)."""
    return (_deviation(prediction - target) / _deviation(target)).mean(1)


def max_error(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return the largest absolute error over the points, mean over channels, in the unit of the field.

    PDEBench takes the largest over all samples, too.
    """
    return (prediction - target).abs().flatten(2).amax(2).mean(1)


def boundary_rmse(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return the root mean square error on the sides of the box, mean over channels, in the unit of the field.

    As PDEBench has it: the sides are the first and the last points along every axis, periodic or not, and a corner
    counts once for each of its sides. Of three axes its code sums over channels, which is taken as an oversight.
    """
    error = prediction - target
    sides = [error.movedim(axis, 2)[:, :, [0, -1]].flatten(2) for axis in range(2, error.ndim)]
    return _deviation(torch.cat(sides, dim=2)).mean(1)


def conserved_rmse(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return the absolute error of the mean over the points, mean over channels, in the unit of the field (PDEBench).

    PDEBench takes the root mean square of it over a batch, so its figures depend on the batch.
    """
    return (prediction - target).flatten(2).mean(2).abs().mean(1)


def vrmse(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return ``sqrt(MSE / Var)``, mean over channels; 1 is as good as the mean of the target.

    ``Var`` is the variance of the target over the points, with ``n - 1``. Of a target that is the same at all points it
    is zero, and the figure infinity, or NaN where the prediction is exact.

    Source: Ohana et al. (2024), The Well, arXiv:2412.00568, section 4; ``VRMSE`` of the package the_well 1.2.0 is
    ``sqrt(MSE / (Var + 1e-7))``: the same where the variance is large beside 1e-7, but it depends on the unit, and of
    fields of 1e-4 it shows a part of the error.
    """
    mean_square, fields = (prediction - target).flatten(2).square().mean(2), target.flatten(2)
    return torch.sqrt(mean_square / torch.where(_varied(fields), fields.var(2), 0.0)).mean(1)


def pearson(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return Pearson's correlation over the points, mean over channels; 1 is best, NaN where one field is constant.

    ``PearsonR`` of the package the_well 1.2.0 is this times ``(n - 1) / n`` for n points.
    """
    fields = [
        torch.where(_varied(field)[..., None], field - field.mean(2, keepdim=True), 0.0)
        for field in (prediction.flatten(2), target.flatten(2))
    ]
    lengths = [torch.linalg.vector_norm(field, dim=2) for field in fields]
    return ((fields[0] * fields[1]).sum(2) / (lengths[0] * lengths[1])).mean(1)


def _varied(fields: Tensor) -> Tensor:
    """Return where fields (b, c, n) are not the same at all points, (b, c): a rounded mean would give them a spread."""
    return fields.amax(2) > fields.amin(2)


def _deviation(field: Tensor) -> Tensor:
    """Return the root mean square over the points, ``(b, c)``."""
    return field.flatten(2).square().mean(2).sqrt()


METRICS: dict[str, Norm] = {
    "relative_l2": relative_l2,
    "h1_fd": h1_fd,
    "rmse": rmse,
    "vrmse": vrmse,
    "max_error": max_error,
    "h1_mgno": h1_mgno,
    "nrmse": nrmse,
    "boundary_rmse": boundary_rmse,
    "conserved_rmse": conserved_rmse,
    "fourier_low_rmse": fourier_low_rmse,
    "fourier_middle_rmse": fourier_middle_rmse,
    "fourier_high_rmse": fourier_high_rmse,
    "spectrum_distance": spectrum_distance,
    "pearson": pearson,
}
# The few that a table shows unless all are asked for.
MAIN = frozenset({"relative_l2", "h1_fd", "rmse", "vrmse", "max_error"})
HIGHER_IS_BETTER = frozenset({"pearson", "valid_time"})


def names(grid: Grid, boundary: Boundary) -> list[str]:
    """Return the metrics that fields on ``grid`` have: bands that hold a wave, a spectrum where all is periodic."""
    shells = shell_count(grid.points)
    absent = {
        "fourier_middle_rmse": shells <= MIDDLE,
        "fourier_high_rmse": shells <= HIGH,
        "spectrum_distance": not all(boundary.periodic),
    }
    return [name for name in METRICS if not absent.get(name, False)]


def errors(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> dict[str, Values]:
    """Return every metric of every sample that there is on this grid, computed in float64.

    A target that is zero everywhere has no relative error: NaN or infinity.
    """
    at = (prediction.double(), target.double(), grid, boundary)
    return {name: METRICS[name](*at).cpu().numpy() for name in names(grid, boundary)}
