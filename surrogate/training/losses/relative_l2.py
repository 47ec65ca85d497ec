"""``||e|| / ||u||``, a mean over samples."""

from __future__ import annotations

from torch import Tensor

from surrogate import norms, registry
from surrogate.training.loss import TrainingLoss


class Settings(registry.Settings):
    """There are none."""


class RelativeL2(TrainingLoss):
    """:func:`surrogate.norms.relative_l2` on the space of the outputs."""

    domains = ("grid", "cloud")
    figure = "relative_l2"

    def __call__(self, prediction: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the relative error of each sample, (b,)."""
        return norms.relative_l2(prediction, target, self.problem.target, weights)


LOSS = RelativeL2
