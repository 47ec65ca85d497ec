"""Which of two runs is better on the same samples: the difference of each sample, and its mean with an interval."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from surrogate.evaluation.intervals import DECISIVE, Interval, decided, interval
from surrogate.evaluation.metric import Values, metric_named


@dataclass(frozen=True)
class Difference:
    """Run ``first`` minus run ``second`` in one metric.

    Attributes:
        metric: which.
        first: name of a run.
        second: name of the other.
        mean: of the differences of the samples, with its 95 % interval.
        better: share of the samples on which ``first`` is better; a tie counts half.
        sign: 1 where ``first`` is better and 0 is outside the interval, -1 where ``second`` is, 0 where neither can be
            said.
        samples: number of them; with fewer than :data:`DECISIVE` nothing can be said.
    """

    metric: str
    first: str
    second: str
    mean: Interval
    better: float
    sign: int
    samples: int

    @property
    def winner(self) -> str | None:
        return {1: self.first, -1: self.second}.get(self.sign)

    @property
    def verdict(self) -> str:
        """The better run, or why none is named."""
        return self.winner or ("undecided" if self.samples >= DECISIVE else "too few samples to tell")

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, but for what is not finite."""
        return asdict(self) | {"better_run": self.winner, "verdict": self.verdict}


def difference(metric: str, runs: tuple[str, str], values: tuple[Values, Values]) -> Difference:
    """Return how the values ``(n,)`` of two runs on the same samples differ.

    What makes a sample hard for both does not widen the interval; samples are independent of each other, frames of one
    trajectory are not and must have been averaged before.
    """
    with np.errstate(invalid="ignore"):  # two infinite errors have no difference, and then there is no mean
        apart = values[0] - values[1]
    gain = metric_named(metric).gain(apart)
    better = float(np.mean(gain > 0) + np.mean(gain == 0) / 2)
    return Difference(metric, *runs, interval(apart), better, decided(gain), len(apart))
