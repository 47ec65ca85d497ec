"""The mean over samples and how far it can be trusted: intervals that hold from two samples on, absent from one.

Shapes: n samples that are independent of each other; frames of one trajectory are not, and are averaged before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, betaincinv, ndtri, stdtrit

from surrogate.evaluation.metric import Values, metric_named

CONFIDENCE = 0.95
# With fewer samples than this a difference that has the same sign in all of them is chance too often: 2 in 2^n.
DECISIVE = math.ceil(1 - math.log2(1 - CONFIDENCE))
# The factor on Student's quantile, and that on the skewness, both 1 for many samples: the sample hides how skewed its
# law is, the more the smaller it is. The least (to a round number) with which the interval holds for the laws of
# benchmarks/coverage.py, where the table of what it holds is made.
_MOST_WIDER, _WIDER, _MORE_SKEWED = 0.85, 5.0, 10.0


@dataclass(frozen=True)
class Interval:
    """A mean over samples and its 95 % interval.

    ``low`` and ``high`` are NaN where there is no interval, and ``absent`` says why; it is None where there is one.
    """

    mean: float
    low: float
    high: float
    absent: str | None = None


def interval(values: Values, least: float = -math.inf, most: float = math.inf) -> Interval:
    """Return the mean of ``values`` (one per independent sample) and its 95 % interval, cut at ``least`` and ``most``.

    There is no interval from one sample, nor from samples that are all alike: nothing is known of their spread. A value
    that is not finite leaves no mean either. :func:`ends` has the interval.
    """
    count = len(values)
    if not np.isfinite(values).all():
        return Interval(math.nan, math.nan, math.nan, "not finite")
    mean = float(values.mean())
    if count < 2:
        return Interval(mean, math.nan, math.nan, "one sample")
    if np.ptp(values) == 0:
        return Interval(mean, math.nan, math.nan, f"all {count} samples alike")
    low, high = ends(values)
    return Interval(mean, max(float(low), least), min(float(high), most))


def of_metric(metric: str, values: Values) -> Interval:
    """Return the mean of a metric with its interval, which ends where the metric does: an error is not below 0."""
    known = metric_named(metric)
    return interval(values, known.least, known.most)


def ends(values: Values) -> tuple[Values, Values]:
    """Return both ends, ``(...)``, of 95 % intervals of the mean of ``values``, ``(..., n)``, two samples at least.

    They are ``mean -+ s / sqrt(n) (a t + b max(-+g, 0) (2 z^2 + 1) / (6 sqrt(n)))`` with the deviation s and the
    skewness g of the sample, Student's quantile t for n - 1 degrees of freedom, and the normal one z. The last term is
    what skewness adds to the quantile of Student's t to first order; it moves the end on the side of the long tail
    outward, and the other end stays. ``a = 1 + min(0.85, 5 / n)`` and ``b = 1 + 10 / n`` are for what a small sample
    does not show of its law. The ends turn with a change of sign or of unit, and move with a shift.

    Source: Johnson (1978), Modified t tests and confidence intervals for asymmetrical populations, JASA 73, and Hall
    (1992), On the removal of skewness by transformation, J. R. Stat. Soc. B 54, for the term of skewness; ``a`` and
    ``b`` are ours, by simulation (benchmarks/coverage.py).
    """
    count = values.shape[-1]
    _, exponent = np.frexp(np.abs(values).max(axis=-1, keepdims=True))
    scaled = np.ldexp(values, -exponent)  # a power of 2: exact, and no square of a unit over- or underflows
    mean = scaled.mean(axis=-1)
    apart = scaled - mean[..., None]
    largest = np.abs(apart).max(axis=-1)
    apart = apart / np.where(largest > 0, largest, 1.0)[..., None]
    square = np.square(apart).mean(axis=-1)
    skewness = (apart**3).mean(axis=-1) / np.where(square > 0, square, 1.0) ** 1.5
    student = (1 + min(_MOST_WIDER, _WIDER / count)) * float(stdtrit(count - 1, (1 + CONFIDENCE) / 2))
    normal = float(ndtri((1 + CONFIDENCE) / 2))
    tail = (1 + _MORE_SKEWED / count) * (2 * normal**2 + 1) / (6 * math.sqrt(count)) * skewness
    error = largest * np.sqrt(square / (count - 1))
    low, high = (
        mean - error * (student + np.maximum(-tail, 0.0)),
        mean + error * (student + np.maximum(tail, 0.0)),
    )
    return np.ldexp(low, exponent[..., 0]), np.ldexp(high, exponent[..., 0])


def decided(values: Values) -> int:
    """Return the sign of the mean of ``values``, differences of independent samples, or 0 where it cannot be told.

    It can be told from :data:`DECISIVE` samples on, where the interval of the mean does not hold zero; differences that
    are all alike need no interval. Where two things are equally good, at most one in twenty is told apart.
    """
    if len(values) < DECISIVE or not np.isfinite(values).all():
        return 0
    estimate = interval(values)
    return 0 if estimate.low <= 0 <= estimate.high else int(np.sign(estimate.mean))


def share(inside: NDArray[np.bool_]) -> Interval:
    """Return the share of samples that are ``inside``, ``(n,)``, with its exact (Clopper-Pearson) 95 % interval."""
    if len(inside) < 2:
        return Interval(float(np.mean(inside)), math.nan, math.nan, "one sample")
    count, hits, tail = len(inside), int(np.sum(inside)), (1 - CONFIDENCE) / 2
    low = float(betaincinv(hits, count - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, count - hits, 1 - tail)) if hits < count else 1.0
    return Interval(hits / count, low, high)


def median_bounds(values: Sequence[float], confidence: float) -> tuple[float, float]:
    """Return bounds that the median of the values' law exceeds, and stays below, each with ``confidence``, of any law.

    The k-th smallest of n values exceeds the median with chance P(Binomial(n, 1/2) < k). With too few values to be so
    sure the bounds are infinite.

    Source: David, Nagaraja (2003), Order Statistics, section 7.1.
    """
    ordered, n = sorted(values), len(values)
    k = max((k for k in range(1, n + 1) if bdtr(k - 1, n, 0.5) <= 1 - confidence), default=0)
    return (ordered[k - 1], ordered[n - k]) if k else (-math.inf, math.inf)
