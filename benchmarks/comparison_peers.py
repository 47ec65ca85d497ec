"""The peers of comparison.py, each trained by its own means: neuraloperator's FNO and DeepXDE's DeepONet.

Both learn fields standardised by the mean and deviation of their training samples, are watched on the validation split
25 times in a run, and keep the weights of their best look. A run has as many steps as fit the time, measured first.
"""

from __future__ import annotations

import copy
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

os.environ["DDE_BACKEND"] = "pytorch"

import numpy as np
import torch
from torch import Tensor, nn

from surrogate.datasets.dataset import Dataset
from surrogate.norms import h1_fd, relative_l2
from surrogate.spaces import Split

LOOKS = 25
WARM, TIMED = 5, 15

Predict = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Task:
    """Fields in physical units: inputs (n, 1, x, y), outputs (n, 1, x, y)."""

    dataset: Dataset
    samples: int

    def split(self, name: Split) -> tuple[Tensor, Tensor]:
        """Return inputs and outputs of a split; of the training split the first ``samples``."""
        constants, states = self.dataset.read(name, self.samples if name == "train" else None)
        return torch.from_numpy(constants), torch.from_numpy(states[:, 0])

    def error(self, name: str, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the error per sample (b,) by the norm of that name."""
        norm = {"relative_l2": relative_l2, "h1_fd": h1_fd}[name]
        return norm(prediction, target, self.dataset.spec.space)


@dataclass(frozen=True)
class Fitted:
    """A trained peer: physical fields to physical fields, and what its training was."""

    predict: Predict
    facts: dict[str, Any]


class Best:
    """The weights with the lowest validation error so far."""

    def __init__(self, network: nn.Module, predict: Predict, task: Task) -> None:
        self.network, self.predict, self.task = network, predict, task
        self.valid = task.split("valid")
        self.error, self.state = math.inf, copy.deepcopy(network.state_dict())

    def look(self) -> None:
        """Keep the weights when they are the best."""
        error = float(self.task.error("relative_l2", self.predict(self.valid[0]), self.valid[1]).mean())
        if error < self.error:
            self.error, self.state = error, copy.deepcopy(self.network.state_dict())

    def finished(self, **facts: Any) -> Fitted:
        """Return the best network."""
        self.network.load_state_dict(self.state)
        parameters = sum(parameter.numel() for parameter in self.network.parameters())
        return Fitted(self.predict, {"valid_relative_l2": self.error, "parameters": parameters, **facts})


def one_cycle(steps: int, step: int) -> float:
    """Return the factor of the learning rate at a step: conf/schedule/onecycle.yaml, which ours have too."""
    part, warmup = step / max(steps - 1, 1), 0.2
    if part < warmup:
        return 1 + (0.1 - 1) * (1 + math.cos(math.pi * part / warmup)) / 2
    return 1e-3 + (1 - 1e-3) * (1 + math.cos(math.pi * (part - warmup) / (1 - warmup))) / 2


def neuraloperator(task: Task, seconds: float, rate: float, modes: int = 24) -> Fitted:
    """Train neuraloperator's FNO as its Trainer does, with its AdamW, on the loss and schedule that ours have.

    32 channels and 4 layers, batches of 8; ``modes`` counts both signs.
    """
    from neuralop.models import FNO
    from neuralop.training import AdamW

    (inputs, outputs), batch = task.split("train"), 8
    (mean_in, std_in), (mean, std) = ((fields.mean(), fields.std()) for fields in (inputs, outputs))
    torch.manual_seed(0)
    network = FNO(n_modes=(modes, modes), in_channels=1, out_channels=1, hidden_channels=32, n_layers=4)

    def apply(fields: Tensor) -> Tensor:
        return network((fields - mean_in) / std_in) * std + mean

    def predict(fields: Tensor) -> Tensor:
        network.eval()
        with torch.no_grad():
            return torch.cat([apply(part) for part in fields.split(32)])

    def train(steps: int, look: Callable[[], None]) -> None:
        optimizer = AdamW(network.parameters(), lr=rate, weight_decay=1e-4)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, partial(one_cycle, steps))
        order, every = torch.empty(0, dtype=torch.long), max(steps // LOOKS, 1)
        for step in range(steps):
            if len(order) == 0:
                order = torch.randperm(len(inputs))
            chosen, order = order[:batch], order[batch:]
            network.train()
            optimizer.zero_grad(set_to_none=True)
            task.error("h1_fd", apply(inputs[chosen]), outputs[chosen]).mean().backward()
            optimizer.step()
            schedule.step()
            if (step + 1) % every == 0 or step + 1 == steps:
                look()

    best = Best(network, predict, task)
    steps = _fitting(network, train, best, seconds)
    start = time.process_time()
    train(steps, best.look)
    return best.finished(seconds=time.process_time() - start, epochs=steps * batch / len(inputs))


class Convolutions(nn.Module):
    """The branch of Lu et al. (2022) for Darcy flow: two convolutions of stride 2, two dense layers."""

    def __init__(self, points: tuple[int, ...], width: int) -> None:
        super().__init__()
        self.points = points
        sizes = [(n - 5) // 2 + 1 for n in points]
        sizes = [(n - 5) // 2 + 1 for n in sizes]
        self.layers = nn.Sequential(
            nn.Conv2d(1, 64, 5, stride=2), nn.ReLU(), nn.Conv2d(64, 128, 5, stride=2), nn.ReLU(), nn.Flatten(),
            nn.Linear(128 * math.prod(sizes), 128), nn.ReLU(), nn.Linear(128, width),
        )  # fmt: skip

    def forward(self, fields: Tensor) -> Tensor:
        return self.layers(fields.unflatten(1, (1, *self.points)))


def deepxde(task: Task, seconds: float, rate: float, loss: str = "mean l2 relative error") -> Fitted:
    """Train DeepXDE's DeepONetCartesianProd through its Model, with Adam and the schedule that ours have.

    Branch, trunk (2-128-128-128-128) and ReLU are those of Lu et al. (2022) for Darcy flow; batches of 100.
    """
    import deepxde as dde

    dde.config.set_random_seed(0)
    (inputs, outputs), (valid_in, valid_out) = task.split("train"), task.split("valid")
    (mean_in, std_in), (mean, std) = ((fields.mean(), fields.std()) for fields in (inputs, outputs))
    grid = task.dataset.spec.grid
    places = np.stack([x.ravel() for x in np.meshgrid(*grid.coordinates(), indexing="ij")], 1).astype(np.float32)
    network = dde.nn.DeepONetCartesianProd(
        [math.prod(grid.points), Convolutions(grid.points, 128)], [2, 128, 128, 128, 128], "relu", "Glorot normal"
    )

    def flat(inputs: Tensor, outputs: Tensor) -> tuple[tuple[Any, Any], Any]:
        coded = ((inputs - mean_in) / std_in).flatten(1), ((outputs - mean) / std).flatten(1)
        return (coded[0].numpy(), places), coded[1].numpy()

    def predict(fields: Tensor) -> Tensor:
        network.eval()
        with torch.no_grad():
            coded = network((((fields - mean_in) / std_in).flatten(1), torch.from_numpy(places)))
        return coded.unflatten(1, (1, *grid.points)) * std + mean

    def h1(target: Tensor, prediction: Tensor) -> Tensor:
        fields = (values.unflatten(1, (1, *grid.points)) * std + mean for values in (prediction, target))
        return task.error("h1_fd", *fields).mean()

    class Look(dde.callbacks.Callback):
        def __init__(self, look: Callable[[], None], every: int) -> None:
            super().__init__()
            self.look, self.every = look, every

        def on_epoch_end(self) -> None:
            if self.model.train_state.step % self.every == 0:
                self.look()

    def train(steps: int, look: Callable[[], None]) -> None:
        data = dde.data.TripleCartesianProd(*flat(inputs, outputs), *flat(valid_in, valid_out))
        model = dde.Model(data, network)
        decay = ("lambda", partial(one_cycle, steps))
        model.compile("adam", lr=rate, loss=h1 if loss == "h1_fd" else loss, decay=decay, verbose=0)
        every = max(steps // LOOKS, 1)
        # Its own look at the test split (here: validation) would cost time that ours is not charged.
        model.train(iterations=steps, batch_size=100, display_every=10**9, callbacks=[Look(look, every)], verbose=0)
        look()

    best = Best(network, predict, task)
    steps = _fitting(network, train, best, seconds)
    start = time.process_time()
    train(steps, best.look)
    return best.finished(seconds=time.process_time() - start, epochs=steps * 100 / len(inputs))


def _fitting(network: nn.Module, train: Callable[[int, Callable[[], None]], None], best: Best, seconds: float) -> int:
    """Return how many steps, validation included, take ``seconds`` of processor time; the network is put back."""
    state = copy.deepcopy(network.state_dict())
    train(WARM, lambda: None)
    start = time.process_time()
    train(TIMED, lambda: None)
    step = (time.process_time() - start) / TIMED
    start = time.process_time()
    best.predict(best.valid[0])
    look = time.process_time() - start
    network.load_state_dict(state)
    return max(int((seconds - LOOKS * look) / step), LOOKS)
