"""The mean over samples, with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surrogate.evaluation.metrics import Values


@dataclass(frozen=True)
class Interval:
    """A mean over samples and its 95 % interval."""

    mean: float
    low: float
    high: float


def interval(values: Values, resamples: int, seed: int = 0) -> Interval:
    """Return the mean of ``values`` (one per independent sample) and its percentile bootstrap 95 % interval.

    A value that is not finite leaves none of the three: NaN. The same seed draws the same samples, so intervals of
    several metrics on the same samples are paired.

    Source: Efron, Tibshirani (1993), An Introduction to the Bootstrap, section 13.3.
    """
    if not np.isfinite(values).all():
        return Interval(math.nan, math.nan, math.nan)
    random = np.random.default_rng(seed)
    count = len(values)
    rows = max(1, 1_000_000 // count)  # bounds the memory of the drawn indices
    means = np.concatenate(
        [
            values[random.integers(count, size=(min(rows, resamples - start), count))].mean(axis=1)
            for start in range(0, resamples, rows)
        ]
    )
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))
