"""PDEBench's fRMSE of the middle band, shells 4 to 11."""

from __future__ import annotations

from torch import Tensor

from surrogate.evaluation.metric import Metric
from surrogate.evaluation.spectra import HIGH, MIDDLE, fourier_shells, shell_count
from surrogate.spaces import Boundary, Grid, Space


def fourier_middle_rmse(prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> Tensor:
    """Return PDEBench's fRMSE of the middle band, shells 4 to 11; see :func:`fourier_shells`."""
    return fourier_shells(prediction - target)[..., MIDDLE:HIGH].mean((1, 2))


def why_absent(grid: Grid, boundary: Boundary) -> str | None:
    """Return that the grid holds no wave of the band, where it holds none."""
    return "the grid holds no such wave" if shell_count(grid.points) <= MIDDLE else None


METRIC = Metric(
    name="fourier_middle_rmse",
    label="RMSE, middle waves",
    of_each=fourier_middle_rmse,
    why_absent=why_absent,
    place=110,
)
