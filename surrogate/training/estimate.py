"""What a training run would take, from a few steps of it; nothing is written."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.windows import problem as problem_of
from surrogate.environment import choose_device
from surrogate.training import parallel
from surrogate.training.items import Batch, Held
from surrogate.training.learner import Learner
from surrogate.training.loading import Feed, bytes_of, choose_place
from surrogate.training.physics import grading
from surrogate.training.session import feed_of, new_learner
from surrogate.training.training_settings import TrainConfig
from surrogate.training.transfer.transfer import Transfer
from surrogate.training.window_items import training_windows, validation_windows

_TIMED = 3


def estimate(config: TrainConfig) -> dict[str, str]:
    """Return parameters, steps, memory and time of the run in one process, as text.

    Memory is that of weights, gradients, moments, of what one part of a batch keeps for its backward pass, and of the
    samples where they are held; time is the median of a few optimizer steps and of a forward pass, times their number.

    Raises:
        SettingsError, InputError: as training would.
    """
    device = choose_device(config.trainer.device)
    dataset = open_dataset(config.data, config.trainer.samples)
    problem = problem_of(dataset.spec, config.task, config.time, config)
    size = config.trainer.batch_size
    place = choose_place(config.trainer.data_on, dataset, device)
    feed = _first_items(config, dataset, max(size, 256), device)
    grade = grading(config, dataset, labelled=1.0)
    transfer = None if config.init is None else Transfer(config, problem)
    learner, origin = new_learner(config, problem, feed, device, "alone", False, grade, transfer)
    shares = parallel.shares(torch.arange(min(size, len(feed))), config.trainer.accumulate)
    parts, weights = [feed.batch(share.indices) for share in shares], [share.weight for share in shares]
    kept = kept_bytes(learner, parts[0])
    step = _median_seconds(lambda: learner.step(iter(parts), weights, rate=0.0), device)
    forward = _median_seconds(lambda: _forward(learner, parts[0][0]), device) * len(parts)
    train = dataset.counts["train"] * len(training_windows(dataset.spec, problem.task, config.time))
    valid = dataset.counts["valid"] * len(validation_windows(dataset.spec, problem.task, config.time))
    numbers = [tensor for tensor in learner.tensors().values() if tensor.is_floating_point()]
    # Gradients are as large as the weights, and a batch is there besides what is kept of it.
    held = sum(tensor.nbytes for tensor in numbers) + sum(p.nbytes for p in learner.parameters)
    held += sum(tensor.nbytes for tensor in parts[0]) + (bytes_of(dataset) if place != "disk" else 0)
    steps = -(-train // size)
    epoch = steps * step + -(-valid // size) * forward
    return {
        "model": config.model.name,
        **({} if origin is None else {"begins with": origin.line()}),
        "parameters": f"{sum(parameter.numel() for parameter in learner.parameters):,}",
        "training pairs": f"{train:,}",
        "steps": f"{steps * config.trainer.epochs:,} ({config.trainer.epochs} epochs of {steps:,})",
        "memory": f"about {(kept + held) / 2**20:,.0f} MiB and torch's own",
        "samples": f"on {place}" if place == "disk" else f"in the memory of {device if place == 'device' else 'cpu'}",
        "seconds per epoch": f"{epoch:.3g}",
        "time": f"about {_clock(epoch * config.trainer.epochs)} on {device}",
    }


def _first_items(config: TrainConfig, dataset: Dataset, count: int, device: torch.device) -> Feed:
    constants, states = (torch.from_numpy(array).to(device) for array in dataset.read("train", limit=count))
    return feed_of(config, dataset, Held(constants, states), "device", device)


def kept_bytes(learner: Learner, batch: Batch) -> int:
    """Return the bytes that one step on ``batch`` keeps from forward to backward, each block of memory counted once."""
    weights = {parameter.untyped_storage().data_ptr() for parameter in learner.parameters}
    blocks: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            blocks[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        learner.step(iter([batch]), [1 / len(batch[0])], rate=0.0)
    return sum(blocks.values())


def _forward(learner: Learner, inputs: Tensor) -> None:
    with torch.no_grad():
        learner.surrogate(inputs)


def _median_seconds(work: Callable[[], object], device: torch.device) -> float:
    seconds = []
    for _ in range(_TIMED):
        started = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def _clock(seconds: float) -> str:
    minutes = round(seconds / 60)
    return (
        f"{minutes // 60} h {minutes % 60} min"
        if minutes >= 60
        else f"{minutes} min"
        if minutes
        else f"{seconds:.0f} s"
    )
