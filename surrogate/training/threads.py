"""How many threads of the processor a training works with: all of them is slower where another process wants a core.

The number changes the last bits of a sum, so it is chosen once, kept in the record of the run, and taken again when the
run goes on.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch

from surrogate.config.schema import TrainConfig
from surrogate.runs import RunRecord
from surrogate.training import parallel
from surrogate.training.learner import Learner
from surrogate.training.samples import Batch

_ROUNDS = 5
# A pass of so many seconds is not tried again and again. Where all threads had nearly all of the cores, as the clock
# of the process tells, so much work is worth them.
_LONG, _OWN = 2.0, 0.9
# Fewer threads must be so many times as fast as all: what is not plain in a few passes is chance.
_PLAIN = 1.25
# Where a user says how many there are.
_SAID = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


@contextmanager
def restored_afterwards() -> Iterator[None]:
    """Within it, the number of threads may change."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


def take(config: TrainConfig, record: RunRecord | None) -> None:
    """Take the threads that the settings name; else those that a run which goes on began with, as far as there are."""
    if config.trainer.threads is not None:
        torch.set_num_threads(config.trainer.threads)
    elif record is not None and not _said():
        torch.set_num_threads(min(record.environment.threads, torch.get_num_threads()))


def choose(config: TrainConfig, learner: Learner, batch: Batch) -> str:
    """Take the threads with which a new run is fastest now, and return a line that says so where these are not all."""
    most = torch.get_num_threads()
    if most == 1 or config.trainer.threads or config.trainer.deterministic or learner.device.type != "cpu" or _said():
        return ""
    seconds = trial(lambda: learner.rehearse(batch), most)
    count = fastest(seconds)
    torch.set_num_threads(count)
    if count == most:
        return ""
    return (
        f"{count} of {most} threads: a batch takes {seconds[count]:.2g} s with them and {seconds[most]:.2g} s with all;"
        " trainer.threads=N takes others"
    )


def trial(work: Callable[[], None], most: int, long: float = _LONG) -> dict[int, float]:
    """Return the seconds that ``work`` takes with one thread, half of ``most``, and all: medians, taken in turn.

    Work of more than ``long`` seconds is done once with each,
    or with all alone where these had the cores to themselves.
    """
    counts = sorted({1, (most + 1) // 2, most})
    torch.set_num_threads(most)
    work()
    before = time.process_time()
    whole = _seconds(work)
    own = (time.process_time() - before) / (whole * most)
    if whole > long and own > _OWN:
        return {most: whole}
    for count in counts[:-1]:
        torch.set_num_threads(count)
        work()
    taken: dict[int, list[float]] = {count: [] for count in counts} | {most: [whole]}
    for turn in range(1 if whole > long else _ROUNDS):
        for count in counts if turn else counts[:-1]:
            torch.set_num_threads(count)
            taken[count].append(_seconds(work))
    return {count: statistics.median(each) for count, each in taken.items()}


def fastest(seconds: Mapping[int, float]) -> int:
    """Return the number of threads to take: all, unless fewer are plainly faster."""
    most, best = max(seconds), min(seconds, key=lambda count: seconds[count])
    return best if seconds[most] > _PLAIN * seconds[best] else most


def _said() -> bool:
    return parallel.launched() or any(name in os.environ for name in _SAID)


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
