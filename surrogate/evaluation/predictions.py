"""Pairs of a split with what is needed to measure predictions of them, and to make a surrogate predict them.

Shapes: p pairs, n samples, c channels, s... space; a sample has ``p / n`` pairs, which lie together.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from surrogate import cores
from surrogate.evaluation.intervals import Interval, of_metric
from surrogate.evaluation.metric import Values, errors
from surrogate.evaluation.timing.interleaved import Budget, interleaved
from surrogate.predictors.surrogate import Surrogate
from surrogate.spaces import Problem

Field = NDArray[np.float32]
# Single predictions that are timed, and the seconds they may take together.
_ROUNDS, _SECONDS = 15, 2.0


@dataclass(frozen=True)
class Measured:
    """Pairs of ``samples`` samples: inputs ``(p, c, s...)``, outputs ``(p, c, s...)``."""

    problem: Problem
    inputs: Field
    outputs: Field
    samples: int
    batch_size: int

    def errors(self, prediction: Field) -> dict[str, Values]:
        """Return metric -> one value per pair."""
        found = [
            errors(
                torch.from_numpy(np.array(prediction[batch])),
                torch.from_numpy(self.outputs[batch]),
                self.problem.target,
            )
            for batch in batches(len(self.outputs), self.batch_size)
        ]
        return {name: np.concatenate([part[name] for part in found]) for name in found[0]}

    def intervals(self, per_pair: dict[str, Values]) -> dict[str, Interval]:
        """Return the mean of each metric; pairs of one trajectory depend on each other: it is one sample."""
        return {
            name: of_metric(name, values.reshape(self.samples, -1).mean(axis=1)) for name, values in per_pair.items()
        }


def predict(surrogate: Surrogate, inputs: Field, batch_size: int) -> tuple[Field, float, int]:
    """Return the predictions (p, c, s...), the seconds each took, and how many inputs are unlike those of training.

    Raises:
        ValueError: a number of channels or axes, or a grid, that this surrogate cannot take.
    """
    fields, device = torch.from_numpy(inputs), surrogate.input_low.device
    found, seconds, outside = [], 0.0, 0
    with torch.inference_mode():
        surrogate(fields[:batch_size].to(device))  # the first call allocates and plans, so it is not timed
        for batch in batches(len(fields), batch_size):
            some = fields[batch].to(device)
            started = _now(device)
            result = surrogate(some)
            seconds += _now(device) - started
            outside += sum(bool(said) for said in surrogate.unlike(some))
            found.append(result.cpu().numpy())
    return np.concatenate(found), seconds / len(fields), outside


def settle(surrogate: Surrogate, inputs: Field, batch_size: int) -> str:
    """Take the threads with which a batch is predicted fastest, and return a line on it as :func:`cores.settle` does.

    Raises:
        ValueError: as of :func:`predict`.
    """
    fields = torch.from_numpy(inputs[:batch_size])
    if surrogate.input_low.device.type != "cpu":
        return ""
    with torch.inference_mode():
        return cores.settle(lambda: surrogate(fields))


def one_at_a_time(surrogate: Surrogate, inputs: Field) -> float:
    """Return the median seconds of single predictions, of a few inputs (p, c, s...) one after the other."""
    device = surrogate.input_low.device
    fields = torch.from_numpy(inputs[:_ROUNDS]).to(device)

    def call(number: int) -> object:
        return surrogate(fields[number % len(fields)][None])

    with torch.inference_mode():
        return interleaved({"one": call}, Budget(_ROUNDS, _SECONDS), device)["one"]


def batches(count: int, size: int) -> Iterator[slice]:
    """Yield the slices of ``count`` in pieces of ``size``."""
    return (slice(start, start + size) for start in range(0, count, size))


def _now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()
