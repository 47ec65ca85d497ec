"""H1 as in MgNO: the truncated spectral norm of that paper (He, Liu, Xu 2024), arXiv:2310.19809."""

from __future__ import annotations

from torch import Tensor

from surrogate import norms, registry
from surrogate.training.loss import TrainingLoss


class Settings(registry.Settings):
    """There are none."""


class TruncatedH1(TrainingLoss):
    """:func:`surrogate.norms.h1_mgno` on the space of the outputs."""

    figure = "h1_mgno"

    def __call__(self, prediction: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the relative error of each sample, (b,)."""
        return norms.h1_mgno(prediction, target, self.problem.target, weights)


LOSS = TruncatedH1
