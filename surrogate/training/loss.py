"""What training minimises: an error of predictions, without a unit, on the space of the outputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor

from surrogate import norms
from surrogate.datasets.proof import one_thread
from surrogate.errors import InputError
from surrogate.registry import LOSSES, Settings
from surrogate.spaces import Problem, Split

# Of predictions and targets (b, c, s...), per sample (b,).
Criterion = Callable[[Tensor, Tensor], Tensor]

# Two numbers of each sample: a figure is the sum of the first over that of the second.
Parts = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]

# What is reported on validation data of every run, beside the figure of its own loss.
REPORTED = {"relative_l2": norms.relative_l2, "h1_fd": norms.h1_fd}


class TrainingLoss(ABC):
    """A loss of predictions and targets (b, c, s...), per sample (b,).

    ``relative`` says that it divides by the size of the target, so that one that is zero everywhere has none.
    ``figure`` is what its value on validation data is called: 1 is what predicting zero has.

    Args:
        settings: of the module of the loss.
        problem: has the space of the outputs.
        mean_square: that of the training outputs, for losses that are not relative by themselves.
    """

    relative: ClassVar[bool] = True
    figure: ClassVar[str]

    def __init__(self, settings: Settings, problem: Problem, mean_square: float) -> None:
        self.settings = settings
        self.problem = problem
        self.mean_square = mean_square

    @abstractmethod
    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the loss of each sample, (b,)."""

    def parts(self, prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Return two numbers of each sample, (b,): the figure is the sum of the first over that of the second."""
        return counted(self)(prediction, target)


class Scale:
    """What a loss has to know of the outputs of a split, which it is shown a block at a time: their mean square."""

    def __init__(self, settings: Settings, split: Split = "train") -> None:
        self.name = settings.name
        self.relative = _kind(settings).relative
        self.split = split
        self._seen = 0
        self._numbers = 0
        self._squares = 0.0

    def add(self, targets: Tensor) -> None:
        """Take a block of outputs (n, c, s...).

        Raises:
            InputError: the loss is relative and one of them is zero everywhere.
        """
        zero = targets.flatten(1).abs().amax(1) == 0
        if self.relative and zero.any():
            number = self._seen + int(zero.nonzero()[0])
            kind = {"train": "training", "valid": "validation"}.get(self.split, self.split)
            what = f"{kind} output {number} is zero everywhere, so that it has no relative error"
            raise InputError(f"loss={self.name}: {what}; take loss=mse")
        self._seen += len(targets)
        self._numbers += targets.numel()
        with one_thread():
            self._squares += float(targets.double().square().sum())

    @property
    def mean_square(self) -> float:
        """The mean square of all that was seen; 1 where that is zero."""
        return self._squares / self._numbers or 1.0


def build_loss(settings: Settings, problem: Problem, mean_square: float = 1.0) -> TrainingLoss:
    """Return the loss that the settings name; ``mean_square`` of the training outputs has no part in its figure."""
    return _kind(settings)(settings, problem, mean_square)


def counted(error: Criterion) -> Parts:
    """Return the parts of a figure that is a mean over samples."""

    def parts(prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        value = error(prediction, target)
        return value, torch.ones_like(value)

    return parts


def selecting(settings: Settings) -> str:
    """Return the name of the figure on validation data that selects: that of the loss."""
    return _kind(settings).figure


def figures(settings: Settings, problem: Problem) -> dict[str, Parts]:
    """Return what is reported on validation data, the figure that selects first."""
    also = {name: counted(_on(problem, norm)) for name, norm in REPORTED.items()}
    return {selecting(settings): build_loss(settings, problem).parts} | also


def _on(problem: Problem, norm: norms.Norm) -> Criterion:
    return lambda prediction, target: norm(prediction, target, problem.target)


def _kind(settings: Settings) -> type[TrainingLoss]:
    kind: type[TrainingLoss] = LOSSES.module(settings.name).Loss
    return kind
