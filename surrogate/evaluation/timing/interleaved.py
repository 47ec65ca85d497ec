"""Seconds of several things on a machine that others use, too: interleaved rounds, medians, blocks in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from surrogate.evaluation.documents import Number
from surrogate.evaluation.intervals import median_bounds

Call = Callable[[int], object]
# Of fewer blocks no bounds of 99 % are known.
LEAST_BLOCKS = 9
# With which both bounds hold together: timings of neighbouring blocks are not quite independent.
CONFIDENCE = 0.99


@dataclass(frozen=True)
class Budget:
    """At most so many rounds, and at most so many seconds for each of those timed, but one round at least."""

    rounds: int
    seconds: float


@dataclass(frozen=True)
class Middle:
    """A median of blocks and its 99 % bounds, infinite where the blocks are too few to have any."""

    median: Number
    low: Number
    high: Number


@dataclass(frozen=True)
class Duel:
    """Seconds of two calls that took turns, block by block, in medians of the blocks.

    ``ratio`` is of the second over the first, ``saved`` of the second less the first, both within a block, in which
    both met the same load.
    """

    first: Middle
    second: Middle
    ratio: Middle
    saved: Middle
    blocks: int


def interleaved(calls: Mapping[str, Call], budget: Budget, device: torch.device) -> dict[str, float]:
    """Return the median seconds of each call over rounds in which every one is called once.

    A call is given the number of its round, so that it can take another sample each time. Before the rounds each is
    called once, untimed, to allocate and to plan; how long that took decides how many rounds it gets.
    """
    rounds, seconds = {}, {name: list[float]() for name in calls}
    for name, call in calls.items():
        rounds[name] = max(1, min(budget.rounds, int(budget.seconds / _seconds(call, 0, device))))
    for number in range(max(rounds.values(), default=0)):
        for name, call in calls.items():
            if number < rounds[name]:
                seconds[name].append(_seconds(call, number, device))
    return {name: statistics.median(each) for name, each in seconds.items()}


def duel(calls: tuple[Call, Call], shares: tuple[int, int], blocks: int, seconds: float, device: torch.device) -> Duel:
    """Return the seconds of two calls for one query each, where call k answers ``shares[k]`` queries.

    In a block they take turns, the first going first in every other turn, and its figure is the median of its turns:
    what disturbs a turn is outvoted, and what lasts longer meets both. A block has as many turns as fit into its part
    of ``seconds``, one at least. Where the turns are so long that the blocks would take three times the seconds, there
    are fewer blocks, but never fewer than :data:`LEAST_BLOCKS`, unless ``blocks`` is.
    """
    once = sum(_seconds(call, 0, device) for call in calls)
    count = min(blocks, max(LEAST_BLOCKS, int(3 * seconds / once)))
    turns = max(1, int(seconds / count / once))
    medians: tuple[list[float], list[float]] = ([], [])
    number = 0
    for _ in range(count):
        block: tuple[list[float], list[float]] = ([], [])
        for _ in range(turns):
            number += 1
            for which in (0, 1) if number % 2 else (1, 0):
                block[which].append(_seconds(calls[which], number, device) / shares[which])
        for which in (0, 1):
            medians[which].append(statistics.median(block[which]))
    return judged(*medians)


def judged(first: list[float], second: list[float]) -> Duel:
    """Return the duel of seconds that were measured block by block."""
    return Duel(
        first=_middle(first),
        second=_middle(second),
        ratio=_middle([two / one for one, two in zip(first, second, strict=True)]),
        saved=_middle([two - one for one, two in zip(first, second, strict=True)]),
        blocks=len(first),
    )


def _middle(values: list[float]) -> Middle:
    low, high = median_bounds(values, (1 + CONFIDENCE) / 2)
    return Middle(statistics.median(values), low, high)


def _seconds(call: Call, number: int, device: torch.device) -> float:
    _finish(device)
    started = time.perf_counter()
    call(number)
    _finish(device)
    return max(time.perf_counter() - started, 1e-9)


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
