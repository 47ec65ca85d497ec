"""The square root of MSE over variance, mean over channels; 1 is as good as the mean of the target."""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.evaluation.metric import EVERYWHERE, Metric
from surrogate.evaluation.metrics._deviation import varied
from surrogate.spaces import Boundary, Grid


def vrmse(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return ``sqrt(MSE / Var)``, mean over channels; 1 is as good as the mean of the target.

    ``Var`` is the variance of the target over the points, with ``n - 1``. Of a target that is the same at all points it
    is zero, and the figure infinity, or NaN where the prediction is exact.

    Source: Ohana et al. (2024), The Well, arXiv:2412.00568, section 4; ``VRMSE`` of the package the_well 1.2.0 is
    ``sqrt(MSE / (Var + 1e-7))``: the same where the variance is large beside 1e-7, but it depends on the unit, and of
    fields of 1e-4 it shows a part of the error.
    """
    mean_square, fields = (prediction - target).flatten(2).square().mean(2), target.flatten(2)
    return torch.sqrt(mean_square / torch.where(varied(fields), fields.var(2), 0.0)).mean(1)


METRIC = Metric(name="vrmse", label="VRMSE", of_each=vrmse, unit="share", domains=EVERYWHERE, main=True, place=40)
