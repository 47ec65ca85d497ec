"""The equation's own residual as a part of what is minimised, and labels that are left out.

Shape letters: b items, c channels, s... space.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from surrogate.datasets.certificate import share
from surrogate.datasets.dataset import Dataset
from surrogate.datasets.residual import Residual, label_residual, residual_of
from surrogate.datasets.windows import problem as problem_of
from surrogate.errors import SettingsError
from surrogate.predictors.held_values import HeldValues, wall_values
from surrogate.spaces import Problem, Task
from surrogate.training.items import Batch, Items
from surrogate.training.loss import Criterion
from surrogate.training.objective import Objective, Predict
from surrogate.training.training_settings import TrainConfig
from surrogate.training.window_items import stepped

# Labels may miss the values of a wall by this part of their largest one: on cells a wall is seen by extrapolation.
_SEEN = 0.25


@dataclass(frozen=True)
class First:
    """The first ``count`` of some items."""

    items: Items
    count: int

    def __len__(self) -> int:
        return self.count

    def batch(self, indices: Tensor) -> Batch:
        """As in :class:`surrogate.training.items.Items`."""
        return self.items.batch(indices)


@dataclass(frozen=True)
class Unlabelled:
    """Items of which only the first ``labels`` have an output; those of the others are NaN."""

    items: Items
    labels: int

    def __len__(self) -> int:
        return len(self.items)

    def batch(self, indices: Tensor) -> Batch:
        """As in :class:`surrogate.training.items.Items`."""
        inputs, outputs = self.items.batch(indices)
        without = (indices >= self.labels).to(outputs.device).reshape(-1, *[1] * (outputs.ndim - 1))
        return inputs, outputs.masked_fill(without, torch.nan)


def grading(config: TrainConfig, dataset: Dataset, labelled: float) -> Callable[[Criterion], Objective]:
    """Return what makes of a loss the objective that the settings ask for.

    Args:
        config: the settings.
        dataset: has the equation.
        labelled: the part of the training items that have a label.

    Raises:
        SettingsError: nothing would be minimised, or the data have no residual for what is learned.
    """
    physics = config.physics
    if physics.weight == 0 and physics.data == 0:
        raise SettingsError("physics: weight and data are both 0, so there is nothing to learn from")
    if physics.weight == 0:
        problem = problem_of(dataset.spec, config.task, config.time, config)
        return lambda loss: stepped(loss, problem, config.time)
    if config.by_name:
        raise SettingsError("physics.weight: the residual is that of the data's own task; leave out sources and target")
    if config.time.training != "one_step":
        how = config.time.training
        raise SettingsError(f"physics.weight: the residual is that of one step; expected time=one_step, got {how}")
    residual = residual_of(dataset, config.task or dataset.spec.task)
    return lambda loss: judged(loss, residual, physics.weight, physics.data, labelled)


def floor(dataset: Dataset, task: Task) -> str:
    """Return a line on the residual of the labels themselves, which those solved on a finer grid have.

    Raises:
        SettingsError, InputError: the data have no residual for ``task``, or are damaged.
    """
    size = share(label_residual(dataset, task))
    return f"the labels' own residual is {size} on average: lower ones fit the equation on this grid, not the labels"


def with_labels(config: TrainConfig, items: Items, samples: int) -> tuple[Items, Items]:
    """Return the items whose labels are known, and those to train on, where the outputs of the others are NaN.

    Raises:
        SettingsError: more labels are asked for than there are, or the others would teach nothing.
    """
    labels = config.physics.labels
    if labels is None:
        return items, items
    if config.physics.weight == 0:
        raise SettingsError(f"physics.labels={labels}: without physics.weight the other samples would teach nothing")
    if labels > samples:
        raise SettingsError(f"physics.labels={labels}: the data set has {samples} training samples")
    count = labels * (len(items) // samples)
    return First(items, count), Unlabelled(items, count)


def judged(loss: Criterion, residual: Residual, weight: float, data: float, labelled: float) -> Objective:
    """Return the objective ``weight R + data L``, with L the loss where an item has a label.

    Args:
        loss: of predictions and labels.
        residual: of inputs and predictions.
        weight: of the residual.
        data: of the loss; its mean over all items is that over the labelled ones, however few these are.
        labelled: the part of the items that have a label.
    """

    def objective(predict: Predict, inputs: Tensor, outputs: Tensor) -> Tensor:
        prediction = predict(inputs)
        total = weight * residual(inputs, prediction).to(prediction.dtype)
        if data == 0:
            return total
        known = outputs.flatten(1).isfinite().all(1)
        losses = loss(prediction[known], outputs[known])
        return total + data / labelled * losses.new_zeros(len(known)).masked_scatter(known, losses)

    return objective


def check_walls(held: HeldValues, problem: Problem, pairs: Batch) -> None:
    """Refuse to hold boundary values that the labels do not have.

    Raises:
        SettingsError: they do not.
    """
    inputs, outputs = pairs
    apart = wall_values(outputs - held.extension(inputs), problem) / outputs.flatten(1).abs().amax(1)
    if float(apart.mean()) > _SEEN:
        what = f"the labels are {float(apart.mean()):.0%} of their largest value away from what would be held"
        raise SettingsError(f"physics.hard_boundary: {what} on the dirichlet sides (zero, or the inputs' values)")
