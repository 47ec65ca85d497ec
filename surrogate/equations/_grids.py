"""The number of points along each axis, and fields on finer and coarser cells."""

from __future__ import annotations

from torch import Tensor

from surrogate.errors import SettingsError


def points_of(equation: str, points: tuple[int, ...], dimensions: int) -> tuple[int, ...]:
    """Return one number of points per axis; a single number counts for every axis.

    Raises:
        SettingsError: another number of axes.
    """
    if len(points) not in (1, dimensions):
        raise SettingsError(f"grid: {equation} has {dimensions} space axes, got {list(points)}")
    return points if len(points) == dimensions else points * dimensions


def spread(cells: Tensor, refine: int) -> Tensor:
    """Return ``(b, n, m)`` values, constant on their cells, on cells ``refine`` times smaller along each axis."""
    return cells.repeat_interleave(refine, dim=1).repeat_interleave(refine, dim=2)


def average(fine: Tensor, refine: int) -> Tensor:
    """Return the means of ``(b, n, m)`` values over cells ``refine`` times larger along each axis."""
    b, n, m = fine.shape
    return fine.reshape(b, n // refine, refine, m // refine, refine).mean((2, 4))
