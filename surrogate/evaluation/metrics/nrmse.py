"""The root mean square error over the root mean square of the target, mean over channels (PDEBench)."""

from __future__ import annotations

from torch import Tensor

from surrogate.evaluation.metric import EVERYWHERE, Metric
from surrogate.evaluation.metrics._deviation import deviation
from surrogate.spaces import Boundary, Grid


def nrmse(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return the root mean square error over the root mean square of the target, mean over channels (PDEBench)."""
    return (deviation(prediction - target) / deviation(target)).mean(1)


METRIC = Metric(name="nrmse", label="nRMSE", of_each=nrmse, unit="share", domains=EVERYWHERE, place=70)
