"""Pearson's correlation over the points, mean over channels; 1 is best, NaN where one field is constant."""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.evaluation.metric import EVERYWHERE, Metric
from surrogate.evaluation.metrics._deviation import centred, varied
from surrogate.norms import counting
from surrogate.spaces import Space


def pearson(prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> Tensor:
    """Return Pearson's correlation over the points, mean over channels; 1 is best, NaN where one field is constant.

    ``PearsonR`` of the package the_well 1.2.0 is this times ``(n - 1) / n`` for n points.
    """
    shares = 1.0 if weights is None else weights.to(target.dtype).flatten(1).sqrt()[:, None]
    fields = [
        torch.where(varied(field, weights)[..., None], centred(field, weights).flatten(2), 0.0) * shares
        for field in counting(prediction, target, weights)
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
