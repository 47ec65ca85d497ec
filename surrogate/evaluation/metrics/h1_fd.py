"""The relative H1 error: values and slopes, slopes by differences over the spacing."""

from __future__ import annotations

from surrogate.evaluation.metric import Metric
from surrogate.norms import h1_fd

METRIC = Metric(name="h1_fd", label="H1 by differences", of_each=h1_fd, unit="share", main=True, place=20)
