"""The absolute error of the mean over the points, mean over channels, in the unit of the field (PDEBench)."""

from __future__ import annotations

from torch import Tensor

from surrogate.evaluation.metric import EVERYWHERE, Metric
from surrogate.spaces import Boundary, Grid


def conserved_rmse(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return the absolute error of the mean over the points, mean over channels, in the unit of the field (PDEBench).

    PDEBench takes the root mean square of it over a batch, so its figures depend on the batch.
    """
    return (prediction - target).flatten(2).mean(2).abs().mean(1)


METRIC = Metric(name="conserved_rmse", label="RMSE of the mean", of_each=conserved_rmse, domains=EVERYWHERE, place=90)
