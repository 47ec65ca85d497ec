"""The relative L2 error of a surrogate fed with its own output, mean over the steps."""

from __future__ import annotations

from surrogate.evaluation.metric import EVERYWHERE, Metric

METRIC = Metric(
    name="rollout_relative_l2", label="L2, rolled out", unit="share", domains=EVERYWHERE, main=True, place=210
)
