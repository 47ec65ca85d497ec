"""Uniform numbers from closed intervals, and how much of a cell lies on one side of a point."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator


def _increasing(interval: tuple[float, float]) -> tuple[float, float]:
    if interval[0] > interval[1]:
        raise ValueError(f"expected (low, high) with low <= high, got {interval}")
    return interval


# Low and high; both the same for a number that does not vary.
Interval = Annotated[tuple[float, float], AfterValidator(_increasing)]


def uniform(draws: np.random.Generator, interval: Interval) -> float:
    """Return a number between the ends of ``interval``; one number of the stream is used up in every case."""
    low, high = interval
    return low + (high - low) * draws.random()


def share_beyond(point: float, centres: NDArray[np.floating], size: float) -> NDArray[np.float64]:
    """Return how much of each cell lies beyond ``point``, between 0 and 1."""
    return np.clip((centres + size / 2 - point) / size, 0.0, 1.0)
