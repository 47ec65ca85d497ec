"""The mean square error over the mean square of the outputs; measured in training with loss=mse."""

from __future__ import annotations

from surrogate.evaluation.metric import EVERYWHERE, Metric

METRIC = Metric(name="relative_mse", label="relative MSE", unit="none", domains=EVERYWHERE, main=True, place=240)
