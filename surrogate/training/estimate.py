"""What a training run would take, from a few steps of it; nothing is written."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

from surrogate.config.schema import TrainConfig
from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.pairs import pairs
from surrogate.environment import choose_device
from surrogate.fields import Split, Task
from surrogate.physical import build
from surrogate.training.learner import Learner
from surrogate.training.losses import build_loss
from surrogate.training.samples import Samples

_TIMED = 3
_FLOAT = 4


def estimate(config: TrainConfig) -> dict[str, str]:
    """Return parameters, steps, memory and time of the run, as text.

    Memory is that of data, weights, gradients, moments and what one batch keeps for its backward pass; time is the
    median of a few optimizer steps and of a forward pass, times their number.

    Raises:
        SettingsError, InputError: as training would.
    """
    device = choose_device(config.trainer.device)
    dataset = open_dataset(config.data)
    problem = dataset.spec.problem(config.task)
    size = config.trainer.batch_size
    train, valid = (_count(dataset, split, problem.task) for split in ("train", "valid"))
    inputs, outputs = pairs(dataset.spec, problem.task, *dataset.read("train", limit=max(size, 256)))
    some = Samples(torch.from_numpy(inputs).to(device), torch.from_numpy(outputs).to(device))
    surrogate = build(config, problem).to(device)
    surrogate.fit(some.inputs, some.outputs)
    learner = Learner(surrogate, build_loss(config.loss.name, problem, some.outputs), config.optimizer, config.trainer)
    batch = some.batches(size)[0]
    kept = _kept_bytes(learner, batch)
    step = _median_seconds(lambda: learner.step(*batch, rate=0.0), device)
    forward = _median_seconds(lambda: _forward(learner, batch[0]), device)
    parameters = sum(parameter.numel() for parameter in learner.parameters)
    copies = 4 if learner.average is None else 5
    fields = (inputs[0].size + outputs[0].size) * (train + valid)
    steps = -(-train // size)
    epoch = steps * step + -(-valid // size) * forward
    return {
        "model": config.model.name,
        "parameters": f"{parameters:,}",
        "training pairs": f"{train:,}",
        "steps": f"{steps * config.trainer.epochs:,} ({config.trainer.epochs} epochs of {steps:,})",
        "memory": f"about {(kept + (copies * parameters + fields) * _FLOAT) / 2**20:,.0f} MiB and torch's own",
        "seconds per epoch": f"{epoch:.3g}",
        "time": f"about {_clock(epoch * config.trainer.epochs)} on {device}",
    }


def _count(dataset: Dataset, split: Split, task: Task) -> int:
    frames = len(dataset.spec.times) - 1 if task == "step" else 1
    return dataset.counts.get(split, 0) * frames


def _kept_bytes(learner: Learner, batch: tuple[Tensor, Tensor]) -> int:
    """Return the bytes that one step keeps from forward to backward, each block of memory counted once."""
    weights = {parameter.untyped_storage().data_ptr() for parameter in learner.parameters}
    blocks: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            blocks[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        learner.step(*batch, rate=0.0)
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
