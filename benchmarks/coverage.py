"""What the intervals of an evaluation hold, and how often a comparison of equals names a winner, by drawing.

    python benchmarks/coverage.py              # docs/concepts/intervals.md and the raw figures, half a minute
    python benchmarks/coverage.py --draws 500  # prints alone
    python benchmarks/coverage.py --page       # the page, from the newest raw figures

Every draw is a handful of samples of a known law, given to the functions that evaluations use.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from _table import filled, keep, machine, markdown, parser, stored, write_page
from numpy.typing import NDArray
from scipy.stats import t as student

from surrogate.evaluation.intervals import CONFIDENCE, DECISIVE, decided, ends

Values = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int]], Values]

COUNTS = (2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100, 400)
DRAWS, RESAMPLES = 10_000, 1000


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
    shares: dict[str, dict[str, tuple[float, float]]] = {method: {} for method in METHODS}
    for law, (draw, mean) in LAWS.items():
        values = draw(np.random.default_rng(1), (draws, count))
        usual = np.subtract(*students(values)[::-1])
        for method, bounds in METHODS.items():
            some = slice(draws // 10 if method == "percentile bootstrap" else None)
            low, high = bounds(values[some])
            inside, wide = (low <= mean) & (mean <= high), (high - low) / usual[some]
            shares[method][law] = (float(inside.mean()), float(wide.mean()))
    return shares


def alarmed(count: int, draws: int) -> dict[str, float]:
    """Return pair of laws -> share of the draws in which one of two equals is called better."""
    shares = {}
    for name, (first, second) in EQUALS.items():
        random = np.random.default_rng(2)
        values = first(random, (draws, count)) - second(random, (draws, count))
        shares[name] = float(np.mean([decided(each) != 0 for each in values]))
    return shares


def main() -> None:
    """Draw, print the page, and write it where the draws are as many as it is known for."""
    arguments = parser(__doc__, page=True)
    arguments.add_argument("--draws", type=int, default=DRAWS)
    options = arguments.parse_args()
    if not options.page:
        coverage = {str(count): held(count, options.draws) for count in COUNTS}
        alarms = {str(count): alarmed(count, options.draws // 10) for count in COUNTS if count >= DECISIVE}
        figures = {"coverage": coverage, "alarms": alarms, "draws": options.draws}
        if options.draws != DRAWS:
            print(page({"machine": machine(1), "date": str(date.today()), **figures}))
            return
        keep("intervals", figures, 1, Path.cwd())
    text = page(stored("intervals"))
    print(text)
    write_page("concepts/intervals", text)


def page(raw: dict[str, Any]) -> str:
    """Return docs/concepts/intervals.md."""
    coverage, alarms, draws = raw["coverage"], raw["alarms"], raw["draws"]
    least = {method: [min(share for share, _ in it[method].values()) for it in coverage.values()] for method in METHODS}
    wide = ("normal", "exponential", "log-normal, sigma 1")
    held_by_law = [[law, *(percent(it["ours"][law][0]) for it in coverage.values())] for law in LAWS]
    worst = [[method, *map(percent, shares)] for method, shares in least.items()]
    width = [[law, *(f"{it['ours'][law][1]:.2f}" for it in coverage.values())] for law in wide]
    false = [[pair, *(percent(it[pair]) for it in alarms.values())] for pair in EQUALS]
    return filled(
        "intervals",
        raw=raw,
        draws=f"{draws:,}",
        fewer=f"{draws // 10:,}",
        decisive=DECISIVE,
        held=markdown(["law of the errors", *coverage], held_by_law),
        worst=markdown(["method", *coverage], worst),
        width=markdown(["law of the errors", *coverage], width),
        alarms=markdown(["laws", *alarms], false),
    )


def percent(value: float) -> str:
    """Return a share in percent."""
    return f"{100 * value:.1f}"


if __name__ == "__main__":
    main()
