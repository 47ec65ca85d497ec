"""What training minimises: an error of predictions, without a unit, on the space of the outputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal, Protocol

import torch
from torch import Tensor

from surrogate.datasets.proof import one_thread
from surrogate.errors import InputError, SettingsError
from surrogate.registry import LOSSES, Settings
from surrogate.spaces import Problem, Split

# Losses whose figures are reported on validation data of every run, beside that of its own.
REPORTED = ("relative_l2", "h1_fd")


class Criterion(Protocol):
    """Of predictions and targets (b, c, s...), with quadrature weights (b, s...), per sample (b,)."""

    def __call__(self, prediction: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return one number of each sample."""
        ...


class Parts(Protocol):
    """Of the same, two numbers of each sample: a figure is the sum of the first over that of the second."""

    def __call__(self, prediction: Tensor, target: Tensor, weights: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return both, (b,)."""
        ...


class TrainingLoss(ABC):
    """A loss of predictions and targets (b, c, s...), per sample (b,).

    ``relative`` says that it divides by the size of the target, so that one that is zero everywhere has none;
    ``domains`` where it is defined. ``figure`` is what its value on validation data is called: 1 is what predicting
    zero has.

    Args:
        settings: of the module of the loss.
        problem: has the space of the outputs.
        mean_square: that of the training outputs, for losses that are not relative by themselves.
    """

    relative: ClassVar[bool] = True
    domains: ClassVar[tuple[Literal["grid", "cloud"], ...]] = ("grid",)
    figure: ClassVar[str]

    def __init__(self, settings: Settings, problem: Problem, mean_square: float) -> None:
        self.settings = settings
        self.problem = problem
        self.mean_square = mean_square

    @abstractmethod
    def __call__(self, prediction: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the loss of each sample, (b,)."""

    def parts(self, prediction: Tensor, target: Tensor, weights: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return two numbers of each sample, (b,): the figure is the sum of the first over that of the second."""
        value = self(prediction, target, weights)
        return value, torch.ones_like(value)


class Scale:
    """What a loss has to know of the outputs of a split, which it is shown a block at a time: their mean square."""

    def __init__(self, settings: Settings, split: Split = "train") -> None:
        self.name = settings.name
        self.relative = _kind(settings).relative
        self.split = split
        self._seen = 0
        self._numbers = 0.0
        self._squares = 0.0

    def add(self, targets: Tensor, weights: Tensor | None = None) -> None:
        """Take a block of outputs (n, c, s...), with the quadrature weights (n, s...) of their points.

        Raises:
            InputError: the loss is relative and one of them is zero everywhere.
        """
        if weights is not None:
            targets = torch.where(weights[:, None] > 0, targets, 0.0)
        zero = targets.flatten(1).abs().amax(1) == 0
        if self.relative and zero.any():
            number = self._seen + int(zero.nonzero()[0])
            kind = {"train": "training", "valid": "validation"}.get(self.split, self.split)
            what = f"{kind} output {number} is zero everywhere, so that it has no relative error"
            raise InputError(f"loss={self.name}: {what}; take loss=mse")
        self._seen += len(targets)
        squares = targets.double().square()
        with one_thread():
            if weights is None:
                self._numbers += targets.numel()
                self._squares += float(squares.sum())
            else:
                self._numbers += targets.shape[1] * float(weights.double().sum())
                self._squares += float((squares * weights[:, None]).sum())

    @property
    def mean_square(self) -> float:
        """The mean square of all that was seen; 1 where that is zero."""
        return self._squares / self._numbers or 1.0


def build_loss(settings: Settings, problem: Problem, mean_square: float = 1.0) -> TrainingLoss:
    """Return the loss that the settings name; ``mean_square`` of the training outputs has no part in its figure.

    Raises:
        SettingsError: it is not defined on the domain of the outputs.
    """
    kind, own = _kind(settings), problem.target.domain.kind
    if own not in kind.domains:
        others = ", ".join(name for name in LOSSES.names() if own in LOSSES.module(name).LOSS.domains)
        raise SettingsError(
            f"loss={settings.name}: needs a {kind.domains[0]}, these data lie on a {own}; take {others}"
        )
    return kind(settings, problem, mean_square)


def selecting(settings: Settings) -> str:
    """Return the name of the figure on validation data that selects: that of the loss."""
    return _kind(settings).figure


def figures(settings: Settings, problem: Problem) -> dict[str, Parts]:
    """Return what is reported on validation data, the figure that selects first."""
    also = (LOSSES.read({"name": name}) for name in REPORTED)
    own = problem.target.domain.kind
    known = [settings, *(other for other in also if own in _kind(other).domains)]
    return {selecting(each): build_loss(each, problem).parts for each in known}


def _kind(settings: Settings) -> type[TrainingLoss]:
    kind: type[TrainingLoss] = LOSSES.module(settings.name).LOSS
    return kind
