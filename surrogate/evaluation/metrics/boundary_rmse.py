"""The root mean square error on the sides of the box, mean over channels, in the unit of the field."""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.evaluation.metric import Metric
from surrogate.evaluation.metrics._deviation import deviation
from surrogate.spaces import Space


def boundary_rmse(prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> Tensor:
    """Return the root mean square error on the sides of the box, mean over channels, in the unit of the field.

    As PDEBench has it: the sides are the first and the last points along every axis, periodic or not, and a corner
    counts once for each of its sides. Of three axes its code sums over channels, which is taken as an oversight.
    """
    error = prediction - target
    sides = [error.movedim(axis, 2)[:, :, [0, -1]].flatten(2) for axis in range(2, error.ndim)]
    return deviation(torch.cat(sides, dim=2)).mean(1)


METRIC = Metric(name="boundary_rmse", label="boundary RMSE", of_each=boundary_rmse, place=80)
