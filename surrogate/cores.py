"""How many threads the cores of this machine are worth now, where other processes may want one of them.

All threads wait for the one whose core is taken, and spin meanwhile: a pass can then take many times as long with all
of them as with one.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch

_ROUNDS = 5
# Where all threads had nearly all of the cores, as the clock of the process tells, long work is worth them.
_OWN = 0.9
# Fewer threads must be so many times as fast as all: what is not plain in a few passes is chance.
_PLAIN = 1.25
# Where a user says how many there are.
_SET_BY_USER = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


@contextmanager
def restored_afterwards() -> Iterator[None]:
    """Within it, the number of threads may change."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


def are_set() -> bool:
    """Return whether the user has said how many threads there are."""
    return any(name in os.environ for name in _SET_BY_USER)


def settle(work: Callable[[], object], long: float = 0.0) -> str:
    """Take the threads with which ``work`` is fastest now, and return a line that says so where these are not all.

    All are kept where a user has said how many there are. ``long`` is that of :func:`trial`: with 0 it costs two passes
    where nobody else wants the cores, and four where somebody does.
    """
    most = torch.get_num_threads()
    if most == 1 or are_set():
        return ""
    seconds = trial(work, most, long)
    count = fastest(seconds)
    torch.set_num_threads(count)
    if count == most:
        return ""
    took, whole = (f"{seconds[each]:.2g} s" for each in (count, most))
    return f"{count} of {most} threads: a batch takes {took} with them and {whole} with all"


def trial(work: Callable[[], object], most: int, long: float) -> dict[int, float]:
    """Return the seconds that ``work`` takes with one thread, half of ``most``, and all: medians, taken in turn.

    Work of more than ``long`` seconds is done once with each, or with all alone where these had the cores to
    themselves.
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


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
