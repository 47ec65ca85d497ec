"""The largest absolute error over the points, mean over channels, in the unit of the field."""

from __future__ import annotations

from torch import Tensor

from surrogate.evaluation.metric import EVERYWHERE, Metric
from surrogate.norms import counting
from surrogate.spaces import Space


def max_error(prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> Tensor:
    """Return the largest absolute error over the points, mean over channels, in the unit of the field.

    PDEBench takes the largest over all samples, too.
    """
    prediction, target = counting(prediction, target, weights)
    return (prediction - target).abs().flatten(2).amax(2).mean(1)


METRIC = Metric(name="max_error", label="largest error", of_each=max_error, domains=EVERYWHERE, main=True, place=50)
