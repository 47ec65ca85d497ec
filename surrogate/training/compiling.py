"""The operator compiled for the batches it sees (torch.compile), and what that gains; the names of its state stay."""

from __future__ import annotations

import statistics
import time

from surrogate.errors import SettingsError
from surrogate.training.items import Batch
from surrogate.training.learner import Learner

_TIMED = 5


def compile_operator(learner: Learner, batch: Batch) -> str:
    """Compile the operator and return a line with the seconds of forward and backward on ``batch`` before and after.

    Nothing that is saved changes. Steps on a batch of another size compile once more.

    Raises:
        SettingsError: this machine has no C++ compiler.
    """
    if learner.device.type == "cpu":
        # Long to import, and seldom needed.
        from torch._inductor.cpp_builder import get_cpp_compiler
        from torch._inductor.exc import InvalidCxxCompiler

        try:
            get_cpp_compiler()
        except InvalidCxxCompiler:
            raise SettingsError("trainer.compile=true: needs a C++ compiler; install g++, or set CXX to one") from None
    eager = _seconds(learner, batch)
    started = time.perf_counter()
    learner.surrogate.operator.compile()
    learner.rehearse(batch)
    took = time.perf_counter() - started
    compiled = _seconds(learner, batch)
    return (
        f"compiled in {took:.0f} s: forward and backward {eager:.3g} s before, {compiled:.3g} s now,"
        f" {eager / compiled:.2f} times as fast"
    )


def _seconds(learner: Learner, batch: Batch) -> float:
    learner.rehearse(batch)
    times = []
    for _ in range(_TIMED):
        started = time.perf_counter()
        learner.rehearse(batch)
        times.append(time.perf_counter() - started)
    return statistics.median(times)
