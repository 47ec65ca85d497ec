"""The relative L2 error of the first step of a window that training unrolls; measured in training."""

from __future__ import annotations

from surrogate.evaluation.metric import EVERYWHERE, Metric

METRIC = Metric(
    name="one_step_relative_l2", label="relative L2 of a step", unit="share", domains=EVERYWHERE, main=True, place=230
)
