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


def refinement(points: tuple[int, ...], resolution: int) -> int:
    """Return the least factor that gives every axis at least ``resolution`` points."""
    return -(-resolution // min(points))


def spread(cells: Tensor, refine: int) -> Tensor:
    """Return ``(b, s...)`` values, constant on their cells, on cells ``refine`` times smaller along each axis."""
    for axis in range(1, cells.ndim):
        cells = cells.repeat_interleave(refine, dim=axis)
    return cells


def average(fine: Tensor, refine: int) -> Tensor:
    """Return the means of ``(b, s...)`` values over cells ``refine`` times larger along each axis."""
    parts = [part for n in fine.shape[1:] for part in (n // refine, refine)]
    return fine.reshape(-1, *parts).mean(tuple(range(2, len(parts) + 1, 2)))
