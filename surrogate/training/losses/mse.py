"""Mean square error, measured in mean squares of the training outputs so that its size has no unit."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from surrogate import norms, registry
from surrogate.training.loss import TrainingLoss


class Settings(registry.Settings):
    """There are none."""


class MeanSquareError(TrainingLoss):
    """The mean square error over the mean square of the training outputs.

    Adam's epsilon and the gradient clipping then do not depend on the unit of the field. The fields are divided by the
    power of two near the root of that mean first, so that their squares fit into float32 in any unit, with the bits
    that they had. Its figure is over the mean square of the outputs that it was measured on.
    """

    relative = False
    domains = ("grid", "cloud")
    figure = "relative_mse"

    def __call__(self, prediction: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the mean square error of each sample, (b,)."""
        unit = 2.0 ** math.floor(math.log2(self.mean_square) / 2)
        error = norms.mse(prediction / unit, target / unit, self.problem.target, weights)
        return error / (self.mean_square / unit**2)

    def parts(self, prediction: Tensor, target: Tensor, weights: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the mean squares of error and target, in float64, as squares of float32 fields may not fit."""
        wide, truth, space = prediction.double(), target.double(), self.problem.target
        return norms.mse(wide, truth, space, weights), norms.mse(torch.zeros_like(truth), truth, space, weights)


LOSS = MeanSquareError
