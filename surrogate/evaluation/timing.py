"""Seconds of several things on a machine that others use, too: interleaved rounds, medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

Call = Callable[[int], object]


@dataclass(frozen=True)
class Budget:
    """At most so many rounds, and at most so many seconds for each of those timed, but one round at least."""

    rounds: int
    seconds: float


def interleaved(calls: Mapping[str, Call], budget: Budget, device: torch.device) -> dict[str, float]:
    """Return the median seconds of each call over rounds in which every one is called once.

    A call is given the number of its round, so that it can take another sample each time. Before the rounds each is
    called once, untimed, to allocate and to plan; how long that took decides how many rounds it gets.
    """
    rounds, found = {}, {name: list[float]() for name in calls}
    for name, call in calls.items():
        rounds[name] = max(1, min(budget.rounds, int(budget.seconds / _seconds(call, 0, device))))
    for number in range(max(rounds.values(), default=0)):
        for name, call in calls.items():
            if number < rounds[name]:
                found[name].append(_seconds(call, number, device))
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def _seconds(call: Call, number: int, device: torch.device) -> float:
    _finish(device)
    started = time.perf_counter()
    call(number)
    _finish(device)
    return max(time.perf_counter() - started, 1e-9)


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
