"""What every registered metric owes."""

from surrogate.registry import METRICS
from surrogate.testing import MetricContract


class TestMetrics(MetricContract):
    names = METRICS.names()
