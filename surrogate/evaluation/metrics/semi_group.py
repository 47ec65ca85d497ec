"""How far one step of twice the lead time is from two steps, relative L2; needs no truth."""

from __future__ import annotations

from surrogate.evaluation.metric import EVERYWHERE, Metric

METRIC = Metric(name="semi_group", label="semi-group defect", unit="share", domains=EVERYWHERE, main=True, place=200)
