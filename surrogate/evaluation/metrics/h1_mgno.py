"""The H1 error of the MgNO paper: a weighted and truncated spectral norm on any boundary."""

from __future__ import annotations

from surrogate.evaluation.metric import Metric
from surrogate.norms import h1_mgno

METRIC = Metric(name="h1_mgno", label="H1 as in MgNO", of_each=h1_mgno, unit="share", place=60)
