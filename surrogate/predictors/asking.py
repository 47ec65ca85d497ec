"""A map asked for many samples, a batch at a time: the one way from torch to arrays.

Shapes: p pairs, n samples, t times, c channels, s... space; all in physical units.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.errors import InputError
from surrogate.predictors.predictor import Answered, Field, FieldMap, Samples


def ask(surrogate: FieldMap, inputs: Field, batch_size: int) -> Answered:
    """Return what a map gives for inputs ``(p, c, s...)``, a batch at a time.

    Raises:
        ValueError: they are not what it accepts.
    """
    fields, device = torch.from_numpy(inputs), surrogate.device
    predictions, seconds, unlike = [], 0.0, 0
    with torch.inference_mode():
        surrogate(fields[:batch_size].to(device))  # the first call allocates and plans, so it is not timed
        for batch in batches(len(fields), batch_size):
            some = fields[batch].to(device)
            started = _now(device)
            result = surrogate(some)
            seconds += _now(device) - started
            unlike += sum(bool(reason) for reason in surrogate.unlike(some))
            predictions.append(result.cpu().numpy())
    return Answered(np.concatenate(predictions), seconds / len(fields), unlike)


def ask_samples(path: Path, surrogate: FieldMap, samples: Samples, batch_size: int) -> Answered:
    """Return what the map that was read from ``path`` gives for ``samples``, as :meth:`Predictor.answers` does.

    Raises:
        InputError: they are not what it accepts.
    """
    try:
        return ask(surrogate, samples.inputs, batch_size)
    except ValueError as error:
        raise InputError(f"{path}: its surrogate cannot take these data: {error}") from error


def roll_out_samples(surrogate: FieldMap, samples: Samples, steps: int, batch_size: int) -> Field:
    """Return the states after 1 to ``steps`` steps of a map from the first frames of samples, (n, t, c, s...)."""
    first = samples.inputs[:: len(samples.inputs) // len(samples)]
    return in_batches(lambda inputs: surrogate.roll_out(inputs, samples.problem, steps), first, batch_size, surrogate)


def in_batches(call: Callable[[Tensor], Tensor], inputs: Field, batch_size: int, surrogate: FieldMap) -> NDArray[Any]:
    """Return what ``call`` makes of inputs ``(p, ...)`` where a map computes, a batch at a time, without gradients."""
    with torch.inference_mode():
        results = [
            call(torch.from_numpy(np.ascontiguousarray(inputs[batch])).to(surrogate.device)).cpu().numpy()
            for batch in batches(len(inputs), batch_size)
        ]
    return np.concatenate(results)


def batches(count: int, size: int) -> Iterator[slice]:
    """Yield the slices of ``count`` in pieces of ``size``."""
    return (slice(start, start + size) for start in range(0, count, size))


def _now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()
