"""The root mean square error, mean over channels, in the unit of the field."""

from __future__ import annotations

from torch import Tensor

from surrogate.evaluation.metric import EVERYWHERE, Metric
from surrogate.evaluation.metrics._deviation import deviation
from surrogate.norms import counting
from surrogate.spaces import Space


def rmse(prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> Tensor:
    """Return the root mean square error, mean over channels, in the unit of the field.

    Source: Takamoto et al. (2022), PDEBench, arXiv:2210.07182, appendix B; ``metric_func``
    of the package pdebench 0.1.0 for a batch of one.
    """
    prediction, target = counting(prediction, target, weights)
    return deviation(prediction - target, weights).mean(1)


METRIC = Metric(name="rmse", label="RMSE", of_each=rmse, domains=EVERYWHERE, main=True, place=30)
