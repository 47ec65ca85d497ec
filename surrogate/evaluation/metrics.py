"""Errors of predictions, one number per sample, and their mean with an interval.

Shapes: b sample, c channel, s... space; predictions and targets ``(b, c, s...)``, errors ``(b,)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.fields import Boundary, Grid
from surrogate.norms import h1_fd, h1_mgno, mse, relative_l2

Values = NDArray[np.float64]

# Metrics without a unit, as fractions of the target; the others carry the unit of the field.
RELATIVE = ("relative_l2", "h1_fd", "h1_mgno", "boundary", "rollout_relative_l2")


@dataclass(frozen=True)
class Interval:
    """A mean over samples and its 95 % interval."""

    mean: float
    low: float
    high: float


def errors(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> dict[str, Values]:
    """Return every metric of every sample, computed in float64.

    ``relative_l2``, ``h1_fd`` and ``h1_mgno`` are those of :mod:`surrogate.norms`; ``rmse`` and ``max_error`` are in
    the unit of the field; ``boundary`` (absent when every axis is periodic) is that of :func:`boundary_error`.
    A target that is zero everywhere has no relative error: NaN.
    """
    prediction, target = prediction.double(), target.double()
    at = (prediction, target, grid, boundary)
    found = {
        "relative_l2": relative_l2(*at),
        "h1_fd": h1_fd(*at),
        "h1_mgno": h1_mgno(*at),
        "rmse": mse(*at).sqrt(),
        "max_error": (prediction - target).abs().flatten(1).amax(1),
    }
    if not all(boundary.periodic):
        found["boundary"] = boundary_error(*at)
    return {name: values.cpu().numpy() for name, values in found.items()}


def boundary_error(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return the root mean square error on the outermost points, over the root mean square of the whole target.

    The outermost points are the first and last along every axis that is not periodic. The whole target measures
    it because a Dirichlet condition can make the target zero on every one of those points.
    """
    outermost = torch.zeros(target.shape[2:], dtype=torch.bool, device=target.device)
    for axis, periodic in enumerate(boundary.periodic):
        if not periodic:
            outermost.movedim(axis, 0)[[0, -1]] = True
    error = (prediction - target)[..., outermost].square().flatten(1).mean(1)
    return torch.sqrt(error / target.square().flatten(1).mean(1))


def interval(values: Values, resamples: int, seed: int = 0) -> Interval:
    """Return the mean of ``values`` (one per independent sample) and its percentile bootstrap 95 % interval.

    The same seed draws the same samples, so intervals of several metrics on the same samples are paired.

    Source: Efron, Tibshirani (1993), An Introduction to the Bootstrap, section 13.3.
    """
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
