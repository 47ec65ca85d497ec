"""The latency layer: time of the surrogate over that of a fixed computation, measured in turn in one process.

Seconds depend on the machine and its load; both halves of the ratio meet the same. On a CPU it is processor time, which
stands still while other programs have the processor. What is left of the machine (one multiplies better than it
transforms) does not cancel, so ratios are compared where the environment is the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import gelu

from surrogate.environment import Environment, choose_device
from surrogate.evaluation.gate.baseline import Latency
from surrogate.evaluation.gate.gate_settings import GateConfig
from surrogate.evaluation.intervals import median_bounds
from surrogate.predictors.predictor import Field
from surrogate.predictors.runs import load_run

_CHANNELS = 32
_SHORTEST = 0.01  # seconds of one measurement: a call is repeated until it takes as long
_CONFIDENCE = 0.99


def latency(run: Path, inputs: Field, config: GateConfig) -> Latency:
    """Return the ratio for one batch of ``inputs`` (p, c, s...), with bounds of 99 % confidence on each side."""
    device = choose_device(config.device)
    surrogate = load_run(run, device).surrogate
    fields = torch.from_numpy(np.array(inputs[: config.batch_size])).to(device)
    first, second = _timed(lambda: surrogate(fields), device), _timed(_reference(fields), device)
    with torch.inference_mode():
        calls = [max(1, round(_SHORTEST / max(it(3) / 3, 1e-9))) for it in (first, second)]
        ratios = [(first(calls[0]) / calls[0]) / (second(calls[1]) / calls[1]) for _ in range(config.latency.blocks)]
    low, high = median_bounds(ratios, _CONFIDENCE)
    return Latency(ratio=float(np.median(ratios)), low=low, high=high, blocks=len(ratios))


def comparable(then: Environment, now: Environment) -> bool:
    """Return whether ratios of latencies measured here and there may be compared."""
    decisive = {"processor", "threads", "device", "torch"}
    return then.model_dump(include=decisive) == now.model_dump(include=decisive)


def _reference(fields: Tensor) -> Callable[[], Tensor]:
    """Return a computation such as surrogates do, on as many points: a matrix on channels, GELU, a transform."""
    generator = torch.Generator().manual_seed(0)
    batch, space = fields.shape[0], tuple(fields.shape[2:])
    hidden = torch.randn((batch, *space, _CHANNELS), generator=generator).to(fields.device)
    matrix = torch.randn((_CHANNELS, _CHANNELS), generator=generator).to(fields.device)
    axes = tuple(range(1, len(space) + 1))

    def run() -> Tensor:
        values = hidden
        for _ in range(2):
            values = gelu(torch.nn.functional.linear(values, matrix))
            values = torch.fft.irfftn(torch.fft.rfftn(values, dim=axes), s=space, dim=axes)
        return values

    return run


def _timed(call: Callable[[], Tensor], device: torch.device) -> Callable[[int], float]:
    def seconds(count: int) -> float:
        start = _now(device)
        for _ in range(count):
            call()
        return _now(device) - start

    return seconds


def _now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        return time.perf_counter()
    return time.process_time()
