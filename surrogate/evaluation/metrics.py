"""Errors of predictions, one number per sample, and their mean with an interval.

Shapes: b sample, c channel, s... space; predictions and targets ``(b, c, s...)``, errors ``(b,)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.fields import Boundary, Grid
from surrogate.norms import Norm, h1_fd, h1_mgno, mse, relative_l2

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A mean over samples and its 95 % interval."""

    mean: float
    low: float
    high: float


def rmse(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return the root of the mean squared error over channels and points, in the unit of the field."""
    return mse(prediction, target, grid, boundary).sqrt()


def max_error(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return the largest absolute error over channels and points, in the unit of the field."""
    return (prediction - target).abs().flatten(1).amax(1)


def boundary_error(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return the root mean square error on the outermost points, over the root mean square of the whole target.

    The outermost points are the first and last along every axis that is not periodic; there must be one. The whole
    target measures it because a Dirichlet condition can make the target zero on every one of those points.
    """
    outermost = torch.zeros(target.shape[2:], dtype=torch.bool, device=target.device)
    for axis, periodic in enumerate(boundary.periodic):
        if not periodic:
            outermost.movedim(axis, 0)[[0, -1]] = True
    error = (prediction - target)[..., outermost].square().flatten(1).mean(1)
    return torch.sqrt(error / target.square().flatten(1).mean(1))


METRICS: dict[str, Norm] = {
    "relative_l2": relative_l2,
    "h1_fd": h1_fd,
    "h1_mgno": h1_mgno,
    "rmse": rmse,
    "max_error": max_error,
    "boundary": boundary_error,
}


def errors(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> dict[str, Values]:
    """Return every metric of every sample, computed in float64; ``boundary`` is absent where every axis is periodic.

    A target that is zero everywhere has no relative error: NaN or infinity.
    """
    at = (prediction.double(), target.double(), grid, boundary)
    names = [name for name in METRICS if name != "boundary" or not all(boundary.periodic)]
    return {name: METRICS[name](*at).cpu().numpy() for name in names}


def interval(values: Values, resamples: int, seed: int = 0) -> Interval:
    """Return the mean of ``values`` (one per independent sample) and its percentile bootstrap 95 % interval.

    A value that is not finite leaves none of the three: NaN. The same seed draws the same samples, so intervals of
    several metrics on the same samples are paired.

    Source: Efron, Tibshirani (1993), An Introduction to the Bootstrap, section 13.3.
    """
    if not np.isfinite(values).all():
        return Interval(math.nan, math.nan, math.nan)
    random = np.random.default_rng(seed)
    count = len(values)
    rows = max(1, 1_000_000 // count)  # bounds the memory of the drawn indices
    means = np.concatenate(
        [
            values[random.integers(count, size=(min(rows, resamples - start), count))].mean(axis=1)
            for start in range(0, resamples, rows)
        ]
    )
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))
