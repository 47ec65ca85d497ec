"""PDEBench's fRMSE of the low band, shells 0 to 3."""

from __future__ import annotations

from torch import Tensor

from surrogate.evaluation.metric import Metric
from surrogate.evaluation.spectra import MIDDLE, fourier_shells
from surrogate.spaces import Space


def fourier_low_rmse(prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> Tensor:
    """Return PDEBench's fRMSE of the low band, shells 0 to 3; see :func:`fourier_shells`."""
    return fourier_shells(prediction - target)[..., :MIDDLE].mean((1, 2))


METRIC = Metric(name="fourier_low_rmse", label="RMSE, low waves", of_each=fourier_low_rmse, place=100)
