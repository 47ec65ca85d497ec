"""The relative L2 error, over channels and points."""

from __future__ import annotations

from surrogate.evaluation.metric import EVERYWHERE, Metric
from surrogate.norms import relative_l2

METRIC = Metric(
    name="relative_l2", label="relative L2", of_each=relative_l2, unit="share", domains=EVERYWHERE, main=True, place=10
)
