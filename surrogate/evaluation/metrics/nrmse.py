"""The root mean square error over the root mean square of the target, mean over channels (PDEBench)."""

from __future__ import annotations

from torch import Tensor

from surrogate.evaluation.metric import EVERYWHERE, Metric
from surrogate.evaluation.metrics._deviation import deviation
from surrogate.norms import counting
from surrogate.spaces import Space


def nrmse(prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> Tensor:
    """Return the root mean square error over the root mean square of the target, mean over channels (PDEBench)."""
    prediction, target = counting(prediction, target, weights)
    return (deviation(prediction - target, weights) / deviation(target, weights)).mean(1)


METRIC = Metric(name="nrmse", label="nRMSE", of_each=nrmse, unit="share", domains=EVERYWHERE, place=70)
