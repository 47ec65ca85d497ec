"""The square root of MSE over variance, mean over channels; 1 is as good as the mean of the target."""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.evaluation.metric import EVERYWHERE, Metric
from surrogate.evaluation.metrics._deviation import centred, varied
from surrogate.norms import counting, mean
from surrogate.spaces import Space


def vrmse(prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> Tensor:
    """Return ``sqrt(MSE / Var)``, mean over channels; 1 is as good as the mean of the target.

    ``Var`` is the variance of the target over the points, with ``n - 1``, or by their weights. Of a target that is
    the same at all points it is zero, and the figure infinity, or NaN where the prediction is exact.

    Source: Ohana et al. (2024), The Well, arXiv:2412.00568, section 4; ``VRMSE`` of the package the_well 1.2.0 is
    ``sqrt(MSE / (Var + 1e-7))``: the same where the variance is large beside 1e-7, but it depends on the unit, and of
    fields of 1e-4 it shows a part of the error.
    """
    prediction, target = counting(prediction, target, weights)
    mean_square = mean((prediction - target).square(), weights)
    variance = target.flatten(2).var(2) if weights is None else mean(centred(target, weights).square(), weights)
    return torch.sqrt(mean_square / torch.where(varied(target, weights), variance, 0.0)).mean(1)


METRIC = Metric(name="vrmse", label="VRMSE", of_each=vrmse, unit="share", domains=EVERYWHERE, main=True, place=40)
