"""Split-conformal bands: how far a prediction may be off, from samples that nothing was learned from.

Shapes: n calibration samples (trajectories, for steps), N test samples, m places of each: points and channels (a
pointwise band), or whole fields, each by its worst point (a simultaneous band). A ratio is |error| over a scale that
was fixed before calibration, so a band is the prediction plus and minus ``multiplier`` times the scale.

Sources: Vovk, Gammerman, Shafer (2005), Algorithmic Learning in a Random World, chapter 4; Lei et al. (2018),
Distribution-Free Predictive Inference for Regression, JASA 113; for the simultaneous band Diquigiovanni, Fontana,
Vantini (2022), Conformal Prediction Bands for Multivariate Functional Data, arXiv:2106.01792; for shares of points
Angelopoulos, Bates, Fisch, Lei, Schuster (2024), Conformal Risk Control, arXiv:2208.02814.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom

Ratios = NDArray[Any]

# (1 - 0.9) * 10 is a hair below 1 in floating point, and has to count as 1.
_ROUNDING = 1e-9


def least(level: float) -> int:
    """Return the fewest calibration samples from which a band of ``level`` can be had: (n + 1) (1 - level) >= 1."""
    return math.ceil(1 / (1 - level) - 1 - _ROUNDING)


def multiplier(ratios: Ratios, level: float, shares: Ratios | None = None) -> float:
    """Return the multiplier whose band holds at least a share ``level`` of the places of a new sample, on average.

    The average is over calibration and new samples together, all exchangeable. The risk is the share of places outside,
    and the multiplier the smallest q with n/(n+1) risk(q) + 1/(n+1) <= 1 - level (Conformal Risk Control, section 1.1).
    With one place a sample this is the ceil((n+1) level)-th smallest ratio, the split-conformal quantile.

    Args:
        ratios: (n, m).
        level: between 0 and 1.
        shares: of each place in its sample, (n, m), with the sum 1; None: equal ones.

    Raises:
        ValueError: there are fewer than :func:`least` samples, so that no finite multiplier will do.
    """
    count, places = ratios.shape
    outside = _outside(count, places, level)
    if outside < 0:
        raise ValueError(f"a level of {level:g} needs at least {least(level)} calibration samples; there are {count}")
    if shares is None:
        place = ratios.size - 1 - outside
        return float(np.partition(ratios, place, axis=None)[place])
    order = np.argsort(ratios, axis=None, kind="stable")
    inside, room = np.cumsum(shares.ravel()[order]), (1 - level) * (count + 1) - 1 + _ROUNDING
    return float(ratios.ravel()[order[np.searchsorted(inside, inside[-1] - room)]])


def coverage(ratios: Ratios, factor: float, shares: Ratios | None = None) -> NDArray[np.float64]:
    """Return the share of places of each sample (N,) inside the band of ``factor``; what is not a number is outside."""
    held = ratios <= factor
    inside: NDArray[np.float64] = held.mean(axis=1, dtype=np.float64) if shares is None else (held * shares).sum(axis=1)
    return inside


def law(count: int, tested: int, level: float, share: float = 0.99) -> tuple[float, float]:
    """Return the interval that the coverage of ``tested`` samples falls in with probability ``share`` or more.

    For one place a sample and ratios without ties: the number of samples inside is beta-binomial with parameters
    ``tested``, k and n + 1 - k, where the k-th smallest of the n calibration ratios is the multiplier, whatever the law
    of the data. The interval is central.

    Source: Marques (2025), Universal distribution of the empirical coverage in split conformal prediction, Statistics &
    Probability Letters, arXiv:2303.02770, theorem 1.
    """
    rank = count - _outside(count, 1, level)
    tail = (1 - share) / 2
    low, high = (float(betabinom.ppf(part, tested, rank, count + 1 - rank)) for part in (tail, 1 - tail))
    return low / tested, high / tested


def _outside(count: int, places: int, level: float) -> int:
    """Return how many of all the calibration places may lie outside; below 0: no multiplier is large enough."""
    return math.floor(places * ((1 - level) * (count + 1) - 1) + _ROUNDING)
