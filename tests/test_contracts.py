"""What is ours keeps the contracts of plug-ins; those of models, equations and metrics lie in their own folders."""

from surrogate.registry import FORMATS, LOSSES, OPTIMIZERS, SAMPLERS, SCHEDULES, SYMMETRIES, TRACKERS
from surrogate.testing import (
    FormatContract,
    LossContract,
    OptimizerContract,
    SamplerContract,
    ScheduleContract,
    SymmetryContract,
    TrackerContract,
)


class TestLosses(LossContract):
    names = LOSSES.names()


class TestFormats(FormatContract):
    names = FORMATS.names()


class TestOptimizers(OptimizerContract):
    names = OPTIMIZERS.names()


class TestSchedules(ScheduleContract):
    names = SCHEDULES.names()


class TestTrackers(TrackerContract):
    names = TRACKERS.names()


class TestSymmetries(SymmetryContract):
    names = SYMMETRIES.names()


class TestSamplers(SamplerContract):
    names = SAMPLERS.names()
