"""Several trainings that differ in their seed alone: what another test set changes, and what another seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from surrogate.errors import SettingsError
from surrogate.evaluation.evaluate import evaluate
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.intervals import Interval, of_metric
from surrogate.evaluation.metric import Values, metric_named
from surrogate.evaluation.report import wording
from surrogate.evaluation.report.sections import Section, Table
from surrogate.evaluation.results import Evaluation
from surrogate.predictors.runs import RunRecord, read_record
from surrogate.written import publish_document

NAME = "seeds.json"
# What may differ between two trainings of one kind: where they ran and where they lie.
_NO_DIFFERENCE = (
    "seed",
    "out",
    "data",
    "trainer.device",
    "trainer.data_on",
    "trainer.threads",
    "trainer.max_seconds",
    "trainer.profile",
)


@dataclass(frozen=True)
class Seeds:
    """A metric over runs: the ``mean`` of each, and what is certain of the mean over all of them.

    ``over_samples`` holds for these trainings and other samples of the same law, ``over_seeds`` for these samples and
    other trainings; ``deviation`` is that of a single training. ``over_samples`` is None where samples have no value.
    """

    mean: float
    each: tuple[float, ...]
    over_samples: Interval | None
    deviation: float
    over_seeds: Interval


def evaluate_runs(config: EvalConfig) -> tuple[list[Evaluation], Section]:
    """Evaluate each of ``config.runs`` and return the evaluations, and the table over all; seeds.json keeps it.

    Each run's own figures go where they go alone (with ``out`` into ``OUT/RUN``), seeds.json beside those of the first.

    Raises:
        SettingsError: the runs differ in more than the seed, or two have the same.
        SurrogateError: as of :func:`evaluate`.
    """
    assert config.runs
    _refuse_unlike(config.runs)
    evaluations = []
    for run in config.runs:
        out = None if config.out is None else config.out / run.name
        evaluations.append(evaluate(config.model_copy(update={"run": run, "runs": None, "suite": None, "out": out})))
    found = over_seeds(evaluations)
    document = {
        "runs": [str(run) for run in config.runs],
        "seeds": [each.predictor.record.settings.seed for each in evaluations if each.predictor.record],
        "samples": evaluations[0].samples,
        "metrics": {name: _plain(one) for name, one in found.items()},
    }
    publish_document(evaluations[0].folder / NAME, document, config.overwrite)
    return evaluations, _section(evaluations, found)


def over_seeds(evaluations: Sequence[Evaluation]) -> dict[str, Seeds]:
    """Return every metric over the runs.

    The interval over samples is that of the mean over runs, sample by sample; that over seeds is of the means of the
    runs.
    """
    found = {}
    for name in evaluations[0].metrics:
        each = tuple(one.metrics[name].mean for one in evaluations)
        deviation, around = between_seeds(name, each)
        over_samples = None
        if name in evaluations[0].per_sample:
            over_samples = of_metric(name, _samples(evaluations, name))
        found[name] = Seeds(around.mean, each, over_samples, deviation, around)
    return found


def between_seeds(metric: str, means: Sequence[float]) -> tuple[float, Interval]:
    """Return the deviation between the means of runs, and the mean over all with its 95 % interval."""
    values = np.asarray(means)
    return float(values.std(ddof=1)), of_metric(metric, values)


def _samples(evaluations: Sequence[Evaluation], name: str) -> Values:
    """Return the mean over runs, and over the pairs of a sample, of a metric: ``(n,)``."""
    values: Values = np.mean(
        [one.per_sample[name].reshape(one.samples, -1).mean(axis=1) for one in evaluations], axis=0
    )
    return values


def _refuse_unlike(folders: Sequence[Path]) -> None:
    records = [read_record(folder) for folder in folders]
    first = _settings(records[0])
    for folder, record in zip(folders[1:], records[1:], strict=True):
        other = _settings(record)
        unlike = sorted(key for key in first.keys() | other.keys() if first.get(key) != other.get(key))
        if record.data.hash != records[0].data.hash:
            unlike.insert(0, "data")
        if unlike:
            what = ", ".join(f"{key} ({first.get(key)} and {other.get(key)})" for key in unlike[:4])
            raise SettingsError(
                f"runs: {folders[0]} and {folder} differ in {what}; expected runs that differ in the seed"
            )
    seeds = [record.settings.seed for record in records]
    if len(set(seeds)) < len(seeds):
        raise SettingsError(f"runs: seeds {', '.join(map(str, seeds))}; expected a seed of its own for every run")


def _settings(record: RunRecord) -> dict[str, Any]:
    flat: dict[str, Any] = {}

    def walk(node: dict[str, Any], prefix: str) -> None:
        for key, value in node.items():
            if isinstance(value, dict):
                walk(value, f"{prefix}{key}.")
            elif f"{prefix}{key}" not in _NO_DIFFERENCE:
                flat[f"{prefix}{key}"] = value

    walk(record.settings.model_dump(mode="json"), "")
    return flat


def _section(evaluations: Sequence[Evaluation], found: dict[str, Seeds]) -> Section:
    unit = wording.common_unit(evaluations[0].problem.target.fields)
    seeds = [one.predictor.record.settings.seed for one in evaluations if one.predictor.record]
    columns = ("", "mean", "95 %, other samples", "95 %, other seeds", "deviation", *(f"seed {seed}" for seed in seeds))
    rows = tuple(
        (
            metric_named(name).label,
            wording.quantity(name, one.mean, unit),
            "" if one.over_samples is None else wording.span(name, one.over_samples, unit),
            wording.span(name, one.over_seeds, unit),
            wording.quantity(name, one.deviation, unit),
            *(wording.quantity(name, value, unit) for value in one.each),
        )
        for name, one in found.items()
        if metric_named(name).main
    )
    error = found["relative_l2"]
    assert error.over_samples is not None
    count, samples = len(evaluations), evaluations[0].samples
    sentence = (
        f"Over {count} trainings that differ in their seed alone the relative L2 error is "
        f"{wording.quantity('relative_l2', error.mean, '')}: {wording.span('relative_l2', error.over_samples, '')} if "
        f"other samples are drawn and the trainings stay, {wording.span('relative_l2', error.over_seeds, '')} if the "
        f"samples stay and others are trained; single trainings deviate by "
        f"{wording.quantity('relative_l2', error.deviation, '')} (one standard deviation)."
    )
    about = (
        f"Means over {count} runs. Other samples: from the {wording.counted(samples, 'sample')}, each the mean over the"
        f" runs. Other seeds: from the means of the {count} runs. Neither covers both."
    )
    return Section("Over seeds", sentence, (Table("Several trainings", columns, rows, about),))


def _plain(found: Seeds) -> dict[str, Any]:
    def finite(value: Any) -> Any:
        if isinstance(value, Interval):
            return {key: finite(each) for key, each in vars(value).items()}
        if isinstance(value, tuple):
            return [finite(item) for item in value]
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return {key: finite(value) for key, value in vars(found).items()}
