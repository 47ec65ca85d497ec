"""Whether errors of retrainings grew by more than a margin: bounds on the mean log-ratio, and a verdict on several.

An error is positive and its spread from seed to seed is a share of it, so everything is about logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtr, stdtrit
from scipy.stats import false_discovery_control

Verdict = Literal["pass", "fail", "inconclusive", "improved"]

_MOST_SEEDS = 1000


@dataclass(frozen=True)
class ErrorChange:
    """The mean of ``log(error now / error then)`` over seeds.

    Attributes:
        mean: the estimate.
        error: its standard error.
        freedom: degrees of freedom behind ``error``; 0: nothing is known of the spread, so the bounds are infinite.
        seeds: number of retrainings that it rests on.
        paired: whether each was compared with that of the same seed.
    """

    mean: float
    error: float
    freedom: float
    seeds: int
    paired: bool

    def lower(self, confidence: float) -> float:
        """Return the bound that the true change exceeds with ``confidence``."""
        return self.mean - self._reach(confidence)

    def upper(self, confidence: float) -> float:
        """Return the bound that the true change stays below with ``confidence``."""
        return self.mean + self._reach(confidence)

    def chance(self, limit: float) -> float:
        """Return the p-value of "the true change is at most ``limit``": 0 to 1, small where it is not."""
        if not self.freedom:
            return 1.0
        if not self.error:
            return 0.0 if self.mean > limit else 1.0
        return float(stdtr(self.freedom, (limit - self.mean) / self.error))

    def _reach(self, confidence: float) -> float:
        return self.error * float(stdtrit(self.freedom, confidence)) if self.freedom else math.inf


@dataclass(frozen=True)
class Rule:
    """What the gate holds a change against.

    Attributes:
        margin: growth of an error that is tolerated, 0.03 for 3 %.
        false_alarm: largest chance that a draw without growth beyond the margin fails, over all metrics together.
        confidence: with which a metric that passes is below the margin.
        improvement: a fall of an error by more than this share is suspicious.
    """

    margin: float
    false_alarm: float
    confidence: float
    improvement: float

    @property
    def limit(self) -> float:
        return math.log1p(self.margin)


def change(then: Mapping[int, float], now: Mapping[int, float]) -> ErrorChange:
    """Return how the error (seed -> value, positive) changed.

    Two seeds or more in common: they alone count, in pairs (Student's t on the differences). Otherwise all count,
    without pairs: Welch's t, or with a single retraining on one side the spread of the other.

    Source: Welch (1947), The generalization of "Student's" problem when several different population variances are
    involved, Biometrika 34.
    """
    common = sorted(then.keys() & now.keys())
    if len(common) > 1:
        ratios = np.log([now[seed] / then[seed] for seed in common])
        error = float(ratios.std(ddof=1)) / math.sqrt(len(ratios))
        return ErrorChange(float(ratios.mean()), error, len(ratios) - 1, len(ratios), paired=True)
    old, new = np.log(list(then.values())), np.log(list(now.values()))
    mean = float(new.mean() - old.mean())
    spreads = [float(values.var(ddof=1)) for values in (old, new) if len(values) > 1]
    if not spreads:
        return ErrorChange(mean, 0.0, 0, len(new), paired=False)
    if len(spreads) == 1:
        return ErrorChange(
            mean, math.sqrt(spreads[0] * (1 / len(old) + 1 / len(new))), max(len(old), len(new)) - 1, len(new), False
        )
    parts = (spreads[0] / len(old), spreads[1] / len(new))
    total = sum(parts)
    freedom = total**2 / (parts[0] ** 2 / (len(old) - 1) + parts[1] ** 2 / (len(new) - 1)) if total else len(new) - 1
    return ErrorChange(mean, math.sqrt(total), freedom, len(new), paired=False)


def verdicts(changes: Mapping[str, ErrorChange], rule: Rule) -> dict[str, Verdict]:
    """Return a verdict on each metric.

    ``fail``: its growth beyond the margin is significant, by the procedure of Benjamini and Hochberg over all metrics
    at the level ``rule.false_alarm``. Where no error grew beyond the margin, that is the chance that any fails.
    ``pass``: its upper bound is below the margin; ``improved``: that, and an estimate so far below that it is
    suspicious. A passing gate needs every metric to pass, so here nothing is corrected for their number.
    ``inconclusive``: neither.

    Source: Benjamini, Hochberg (1995), Controlling the false discovery rate, J. R. Stat. Soc. B 57; for metrics that
    rise and fall together, Benjamini, Yekutieli (2001), Ann. Stat. 29, theorem 1.2.
    """
    chances = [shift.chance(rule.limit) for shift in changes.values()]
    adjusted: list[float] = false_discovery_control(chances, method="bh").tolist() if chances else []
    outcomes: dict[str, Verdict] = {}
    for (metric, shift), corrected in zip(changes.items(), adjusted, strict=True):
        if corrected <= rule.false_alarm:
            outcomes[metric] = "fail"
        elif not shift.upper(rule.confidence) < rule.limit:
            outcomes[metric] = "inconclusive"
        else:
            outcomes[metric] = "improved" if suspicious(shift, rule) else "pass"
    return outcomes


def suspicious(shift: ErrorChange, rule: Rule) -> bool:
    """Return whether an error fell so far, certain or not, that test samples may have been learned from."""
    return shift.mean < math.log1p(-rule.improvement)


def seeds_needed(shift: ErrorChange, rule: Rule) -> int | None:
    """Return how many seeds would decide if mean and spread stayed as they are; None: spread unknown, or over 1000."""
    spread, distance = shift.error * math.sqrt(shift.seeds), abs(rule.limit - shift.mean)
    confidence = rule.confidence if shift.mean < rule.limit else 1 - rule.false_alarm
    if not shift.freedom:
        return None
    counts = np.arange(shift.seeds + 1, _MOST_SEEDS + 1)
    enough = stdtrit(counts - 1.0, confidence) * spread / np.sqrt(counts) < distance
    return int(counts[enough.argmax()]) if enough.any() else None
