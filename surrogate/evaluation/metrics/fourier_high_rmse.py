"""PDEBench's fRMSE of the high band, shells from 12."""

from __future__ import annotations

from torch import Tensor

from surrogate.evaluation.metric import Metric
from surrogate.evaluation.spectra import HIGH, fourier_shells, shell_count
from surrogate.spaces import Boundary, Grid, Space


def fourier_high_rmse(prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> Tensor:
    """Return PDEBench's fRMSE of the high band, shells from 12; see :func:`fourier_shells`."""
    return fourier_shells(prediction - target)[..., HIGH:].mean((1, 2))


def why_absent(grid: Grid, boundary: Boundary) -> str | None:
    """Return that the grid holds no wave of the band, where it holds none."""
    return "the grid holds no such wave" if shell_count(grid.points) <= HIGH else None


METRIC = Metric(
    name="fourier_high_rmse", label="RMSE, high waves", of_each=fourier_high_rmse, why_absent=why_absent, place=120
)
