"""Pearson's correlation over the points, mean over channels; 1 is best, NaN where one field is constant."""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.evaluation.metric import EVERYWHERE, Metric
from surrogate.evaluation.metrics._deviation import varied
from surrogate.spaces import Boundary, Grid


def pearson(prediction: Tensor, target: Tensor, grid: Grid, boundary: Boundary) -> Tensor:
    """Return Pearson's correlation over the points, mean over channels; 1 is best, NaN where one field is constant.

    ``PearsonR`` of the package the_well 1.2.0 is this times ``(n - 1) / n`` for n points.
    """
    fields = [
        torch.where(varied(field)[..., None], field - field.mean(2, keepdim=True), 0.0)
        for field in (prediction.flatten(2), target.flatten(2))
    ]
    lengths = [torch.linalg.vector_norm(field, dim=2) for field in fields]
    return ((fields[0] * fields[1]).sum(2) / (lengths[0] * lengths[1])).mean(1)


METRIC = Metric(
    name="pearson",
    label="correlation",
    of_each=pearson,
    unit="none",
    better="higher",
    domains=EVERYWHERE,
    least=-1.0,
    most=1.0,
    decimals=5,
    place=140,
)
