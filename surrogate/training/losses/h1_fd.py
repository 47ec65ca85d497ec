"""H1 by differences: the relative error of values and slopes, by differences over the physical spacing."""

from __future__ import annotations

from torch import Tensor

from surrogate import norms, registry
from surrogate.training.loss import TrainingLoss


class Settings(registry.Settings):
    """There are none."""


class H1ByDifferences(TrainingLoss):
    """:func:`surrogate.norms.h1_fd` on the space of the outputs."""

    figure = "h1_fd"

    def __call__(self, prediction: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the relative error of each sample, (b,)."""
        return norms.h1_fd(prediction, target, self.problem.target, weights)


LOSS = H1ByDifferences
