"""What the intervals of an evaluation hold, and how often a comparison of equals names a winner, by drawing.

    python benchmarks/coverage.py              # docs/concepts/intervals.md and the raw figures, half a minute
    python benchmarks/coverage.py --draws 500  # prints alone

Every draw is a handful of samples of a known law, given to the functions that evaluations use.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from _table import machine, publish
from numpy.typing import NDArray
from scipy.stats import t as student

from surrogate.evaluation.intervals import CONFIDENCE, DECISIVE, decided, ends

Values = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int]], Values]

COUNTS = (2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100, 400)
RESAMPLES = 1000


def lognormal(sigma: float) -> Draw:
    return lambda random, shape: np.exp(sigma * random.standard_normal(shape))


# Law -> how it is drawn, and its mean.
LAWS: dict[str, tuple[Draw, float]] = {
    "normal": (lambda random, shape: random.standard_normal(shape), 0.0),
    "uniform": (lambda random, shape: random.random(shape), 0.5),
    "exponential": (lambda random, shape: random.exponential(size=shape), 1.0),
    "log-normal, sigma 0.5": (lognormal(0.5), math.exp(0.125)),
    "log-normal, sigma 1": (lognormal(1.0), math.exp(0.5)),
    "Student's t, 3 degrees": (lambda random, shape: random.standard_t(3, shape), 0.0),
    "its absolute value": (lambda random, shape: np.abs(random.standard_t(3, shape)), 2 * math.sqrt(3) / math.pi),
    "minus an exponential": (lambda random, shape: -random.exponential(size=shape), -1.0),
    "log-normal 1 less log-normal 0.5": (
        lambda random, shape: lognormal(1.0)(random, shape) - lognormal(0.5)(random, shape),
        math.exp(0.5) - math.exp(0.125),
    ),
}
# Differences of the errors of two that are equally good: of one law, or of two laws of one mean.
EQUALS: dict[str, tuple[Draw, Draw]] = {
    "normal, normal": (LAWS["normal"][0], LAWS["normal"][0]),
    "exponential, exponential": (LAWS["exponential"][0], LAWS["exponential"][0]),
    "log-normal 0.5, log-normal 0.5": (lognormal(0.5), lognormal(0.5)),
    "log-normal 1, log-normal 1": (lognormal(1.0), lognormal(1.0)),
    "Student's t, Student's t": (LAWS["Student's t, 3 degrees"][0], LAWS["Student's t, 3 degrees"][0]),
    "log-normal 1, exponential": (
        lambda random, shape: lognormal(1.0)(random, shape) / math.exp(0.5),
        LAWS["exponential"][0],
    ),
    "log-normal 1, log-normal 0.5": (
        lambda random, shape: lognormal(1.0)(random, shape) / math.exp(0.5),
        lambda random, shape: lognormal(0.5)(random, shape) / math.exp(0.125),
    ),
}


def bootstrapped(values: Values) -> tuple[Values, Values]:
    """Return both ends of the percentile bootstrap, ``(b,)``, of the means of ``values``, ``(b, n)``."""
    count = values.shape[1]
    drawn = np.random.default_rng(0).integers(count, size=(RESAMPLES, count))
    shares = np.stack([np.bincount(row, minlength=count) for row in drawn]) / count
    low, high = np.percentile(values @ shares.T, [2.5, 97.5], axis=1)
    return low, high


def students(values: Values) -> tuple[Values, Values]:
    """Return both ends of Student's interval, ``(b,)``, of the means of ``values``, ``(b, n)``."""
    count = values.shape[1]
    half = student.ppf((1 + CONFIDENCE) / 2, count - 1) * values.std(axis=1, ddof=1) / math.sqrt(count)
    return values.mean(axis=1) - half, values.mean(axis=1) + half


METHODS = {"ours": ends, "Student's t": students, "percentile bootstrap": bootstrapped}


def held(count: int, draws: int) -> dict[str, dict[str, tuple[float, float]]]:
    """Return method -> law -> share of the intervals that hold the mean, and their mean width over Student's."""
    found: dict[str, dict[str, tuple[float, float]]] = {method: {} for method in METHODS}
    for law, (draw, mean) in LAWS.items():
        values = draw(np.random.default_rng(1), (draws, count))
        usual = np.subtract(*students(values)[::-1])
        for method, bounds in METHODS.items():
            some = slice(draws // 10 if method == "percentile bootstrap" else None)
            low, high = bounds(values[some])
            inside, wide = (low <= mean) & (mean <= high), (high - low) / usual[some]
            found[method][law] = (float(inside.mean()), float(wide.mean()))
    return found


def alarmed(count: int, draws: int) -> dict[str, float]:
    """Return pair of laws -> share of the draws in which one of two equals is called better."""
    found = {}
    for name, (first, second) in EQUALS.items():
        random = np.random.default_rng(2)
        values = first(random, (draws, count)) - second(random, (draws, count))
        found[name] = float(np.mean([decided(each) != 0 for each in values]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=10_000)
    draws = parser.parse_args().draws
    coverage = {str(count): held(count, draws) for count in COUNTS}
    alarms = {str(count): alarmed(count, draws // 10) for count in COUNTS if count >= DECISIVE}
    raw = {"coverage": coverage, "alarms": alarms, "draws": draws, "machine": machine(1), "date": str(date.today())}
    lines = page(raw)
    print("\n".join(lines))
    if draws == parser.get_default("draws"):
        publish("concepts/intervals", lines, raw, Path.cwd())


def page(raw: dict[str, Any]) -> list[str]:
    """Return docs/concepts/intervals.md."""
    coverage, alarms, draws = raw["coverage"], raw["alarms"], raw["draws"]
    least = {method: [min(share for share, _ in it[method].values()) for it in coverage.values()] for method in METHODS}
    worst = [f"{method} | " + " | ".join(map(_percent, shares)) for method, shares in least.items()]
    wide = [
        f"{law} | " + " | ".join(f"{it['ours'][law][1]:.2f}" for it in coverage.values())
        for law in ("normal", "exponential", "log-normal, sigma 1")
    ]
    mine = [f"{law} | " + " | ".join(_percent(it["ours"][law][0]) for it in coverage.values()) for law in LAWS]
    false = [f"{pair} | " + " | ".join(_percent(it[pair]) for it in alarms.values()) for pair in EQUALS]
    return [
        *ABOUT.splitlines(),
        "",
        *_table(f"What a 95 % interval holds, {draws:,} draws each", ["law of the errors", *coverage], mine),
        *_table("The worst of these laws, by method", ["method", *coverage], worst),
        *_table("Mean width over that of Student's interval", ["law of the errors", *coverage], wide),
        *VERDICTS.splitlines(),
        "",
        *_table(f"Equals of which one is called better, {draws // 10:,} draws each", ["laws", *alarms], false),
        f"Numbers of samples across. {raw['machine']}, {raw['date']}. Raw figures: "
        f"`benchmarks/results/{raw['date']}-intervals.json`; made by `python benchmarks/coverage.py`.",
    ]


ABOUT = """\
# How sure a figure is

Every mean over test samples comes with a 95 % interval: where the mean over many samples of the same law may lie.
Samples are trajectories: frames of one depend on each other and are averaged first. From one sample there is no
interval, nor from samples that are all alike; the table says so, and JSON has null and the reason (`absent`).

Errors are skewed and may have a long tail. The percentile bootstrap draws from the handful that is there, and from a
few samples its intervals are far too short; Student's are too short where errors are skewed. Ours is Student's times
`1 + min(0.85, 5 / n)`, its end on the side of the long tail moved outward by the first-order term of skewness
(`surrogate/evaluation/intervals.py` has the formula). It needs no random numbers, turns with the unit and the sign,
and meets Student's where samples are many. An error is never below zero, so an interval of it is cut there.

What it does not hold for is what no sample shows: where one error in ten is five times the others, the interval of ten
samples that happen to hold none of them is too short.
"""
VERDICTS = f"""\
## Verdicts

Two runs are told apart where the interval of their paired difference does not hold zero, from {DECISIVE} samples on:
with fewer, a difference of one sign in all of them is chance in more than one case of twenty. Below that, the verdict
is "too few samples to tell".
"""


def _table(title: str, heads: list[str], rows: list[str]) -> list[str]:
    line = "|".join(["---", *("--:" for _ in heads[1:])])
    return [f"### {title}", "", "| " + " | ".join(heads) + " |", f"|{line}|", *(f"| {row} |" for row in rows), ""]


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"


if __name__ == "__main__":
    main()
