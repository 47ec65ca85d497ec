"""How often the gate is wrong: false alarms without a change, and the changes it catches, by drawing.

    python benchmarks/gate_power.py            # the tables of docs/guide/gate.md, a minute
    python benchmarks/gate_power.py --draws 100

Every draw is two sets of retrainings, each an error of three metrics for each seed, given to the gate's own functions.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surrogate.config.compose import compose_tree
from surrogate.evaluation.gate.log_ratio import Rule, Verdict, change, verdicts

Logs = NDArray[np.float64]
Law = Callable[[np.random.Generator, int], tuple[Logs, Logs]]

BASELINE = Path(__file__).parent.parent / ".ci" / "gate.json"
METRICS = 3
# Correlation between the metrics of one retraining.
TOGETHER = 0.8


def rule() -> Rule:
    """Return the rule of conf/gate.yaml."""
    tree = compose_tree("gate", ["baseline=somewhere"])
    return Rule(**{name: tree[name] for name in ("margin", "false_alarm", "confidence", "improvement")})


def noise(generator: np.random.Generator, seeds: int, tails: str = "normal") -> Logs:
    """Return deviations of log-errors with spread 1, ``(seeds, METRICS)``, correlated between metrics."""
    shared, own = generator.standard_normal((seeds, 1)), generator.standard_normal((seeds, METRICS))
    logs = np.sqrt(TOGETHER) * shared + np.sqrt(1 - TOGETHER) * own
    if tails == "student":  # three degrees of freedom, variance 3 before it is scaled
        logs = logs / np.sqrt(generator.chisquare(3, (seeds, 1)) / 3) / np.sqrt(3)
    if tails == "diverging":  # one training in ten ends far too early
        logs = logs + 10.0 * (generator.random((seeds, 1)) < 0.1)
    return logs


def paired(spread: float, effect: float = 0.0, tails: str = "normal") -> Law:
    """Return draws whose log-ratios of the same seed have ``spread`` around ``effect``, a growth of the error."""

    def draw(generator: np.random.Generator, seeds: int) -> tuple[Logs, Logs]:
        apart = (noise(generator, seeds, tails), noise(generator, seeds, tails))
        return tuple(it * spread / np.sqrt(2) + shift for it, shift in zip(apart, (0.0, np.log1p(effect)), strict=True))

    return draw


def measured(effect: float = 0.0) -> Law:
    """Return draws of both sides, without regard to the seed, from the log-errors of the trainings of the baseline."""
    errors = json.loads(BASELINE.read_text(encoding="utf-8"))["current"]["errors"]
    pool = np.log(np.array([errors[name] for name in errors])).T

    def draw(generator: np.random.Generator, seeds: int) -> tuple[Logs, Logs]:
        rows = pool[generator.integers(len(pool), size=(2, seeds))]
        return rows[0], rows[1] + np.log1p(effect)

    return draw


def outcomes(law: Law, seeds: int, draws: int, random: int = 0, pairs: bool = True) -> Iterator[list[Verdict]]:
    """Yield the verdicts of each draw; without ``pairs`` the seeds of one side are others than those of the other."""
    generator, held = np.random.default_rng(random), rule()
    for _ in range(draws):
        then, now = law(generator, seeds)
        first = 0 if pairs else seeds
        changes = {
            str(metric): change(
                dict(enumerate(np.exp(then[:, metric]))), dict(enumerate(np.exp(now[:, metric]), start=first))
            )
            for metric in range(METRICS)
        }
        yield list(verdicts(changes, held).values())


def rates(law: Law, seeds: int, draws: int, pairs: bool = True) -> tuple[float, float]:
    """Return the share of draws in which a metric failed, and that in which all passed."""
    drawn = list(outcomes(law, seeds, draws, pairs=pairs))
    return tuple(sum(kind(it) for it in drawn) / draws for kind in (failed, passed))


def failed(verdicts: list[Verdict]) -> bool:
    return "fail" in verdicts


def passed(verdicts: list[Verdict]) -> bool:
    return all(it == "pass" for it in verdicts)


def looked_again(law: Law, draws: int) -> float:
    """Return the share of draws that fail at 5, 10 or 15 seeds, where each look goes on only while undecided."""
    generator, held, alarms = np.random.default_rng(0), rule(), 0
    for _ in range(draws):
        then, now = law(generator, 15)
        for seeds in (5, 10, 15):
            changes = {
                str(metric): change(
                    dict(enumerate(np.exp(then[:seeds, metric]))), dict(enumerate(np.exp(now[:seeds, metric])))
                )
                for metric in range(METRICS)
            }
            judged = list(verdicts(changes, held).values())
            if failed(judged) or passed(judged):
                alarms += failed(judged)
                break
    return alarms / draws


def false_alarms(draws: int) -> None:
    print(f"A/A, {draws} draws: share that fails / share that passes\n")
    print(
        "| law of the log-errors | 5 seeds | 10 seeds | 15 seeds | looks at 5, 10, 15: fails |\n|---|---|---|---|---|"
    )
    laws = {f"normal, spread of pairs {100 * spread:g} %": paired(spread) for spread in (0.01, 0.03, 0.1, 0.3)}
    laws |= {f"Student's t, 3 degrees, {100 * spread:g} %": paired(spread, tails="student") for spread in (0.03, 0.1)}
    laws |= {"one in ten diverges, 3 %": paired(0.03, tails="diverging"), "measured, seeds unrelated": measured()}
    for name, law in laws.items():
        cells = ["{:.2%} / {:.0%}".format(*rates(law, seeds, draws)) for seeds in (5, 10, 15)]
        print(f"| {name} | {' | '.join(cells)} | {looked_again(law, draws):.2%} |")
    cells = ["{:.2%} / {:.0%}".format(*rates(measured(), seeds, draws, pairs=False)) for seeds in (5, 10, 15)]
    print(f"| measured, other seeds (Welch) | {' | '.join(cells)} | |")


def power(draws: int) -> None:
    print(f"\nA/B, {draws} draws: share that fails, pairs of the same seed\n")
    print("| growth of the error | spread of pairs | 5 seeds | 10 seeds | 15 seeds | 30 seeds |\n" + "|---" * 6 + "|")
    for effect in (0.05, 0.1, 0.2):
        for spread in (0.01, 0.02, 0.03, 0.05, 0.1):
            cells = [f"{rates(paired(spread, effect), seeds, draws)[0]:.0%}" for seeds in (5, 10, 15, 30)]
            print(f"| {effect:.0%} | {spread:.0%} | {' | '.join(cells)} |")


def main() -> None:
    """Print both tables."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--draws", type=int, default=1000)
    draws = words.parse_args().draws
    false_alarms(draws)
    power(draws)


if __name__ == "__main__":
    main()
