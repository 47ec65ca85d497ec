"""The absolute error of the mean over the points, mean over channels, in the unit of the field (PDEBench)."""

from __future__ import annotations

from torch import Tensor

from surrogate.evaluation.metric import EVERYWHERE, Metric
from surrogate.norms import counting, mean
from surrogate.spaces import Space


def conserved_rmse(prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> Tensor:
    """Return the absolute error of the mean over the points, mean over channels, in the unit of the field (PDEBench).

    PDEBench takes the root mean square of it over a batch, so its figures depend on the batch.
    """
    prediction, target = counting(prediction, target, weights)
    return mean(prediction - target, weights).abs().mean(1)


METRIC = Metric(name="conserved_rmse", label="RMSE of the mean", of_each=conserved_rmse, domains=EVERYWHERE, place=90)
