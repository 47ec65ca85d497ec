"""Several trainings that differ in their seed alone: what another test set changes, and what another seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from surrogate.errors import SettingsError
from surrogate.evaluation.compare.trainings import unlike
from surrogate.evaluation.documents import Presentable, finite, frame
from surrogate.evaluation.evaluate import evaluate
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.intervals import Interval, of_metric
from surrogate.evaluation.metric import Values
from surrogate.evaluation.report.sections import Section
from surrogate.evaluation.results import Evaluation
from surrogate.predictors.runs import read_record
from surrogate.written import publish_document

NAME = "seeds.json"


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


@dataclass(frozen=True)
class SeedStudy(Presentable):
    """Evaluations of trainings that differ in their seed alone, and every metric over them."""

    evaluations: tuple[Evaluation, ...]
    metrics: Mapping[str, Seeds]

    @property
    def seeds(self) -> list[int]:
        return [one.predictor.record.settings.seed for one in self.evaluations if one.predictor.record]

    def to_dict(self) -> dict[str, Any]:
        """Return what seeds.json holds."""
        return {
            "runs": [str(one.predictor.path) for one in self.evaluations],
            "seeds": self.seeds,
            "samples": self.evaluations[0].samples,
            "metrics": {name: finite(asdict(one)) for name, one in self.metrics.items()},
        }

    def to_frame(self) -> Any:
        """Return a row for each metric and run as a ``pandas.DataFrame``."""
        return frame(
            [
                {"metric": name, "seed": seed, "mean": mean}
                for name, one in self.metrics.items()
                for seed, mean in zip(self.seeds, one.each, strict=True)
            ]
        )

    def section(self) -> Section:
        """Return it told: a table over the runs."""
        from surrogate.evaluation.report.seeds_section import section

        return section(self)


def evaluate_runs(config: EvalConfig) -> SeedStudy:
    """Evaluate each of ``config.runs`` and return the evaluations with every metric over them; seeds.json keeps it.

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
    study = SeedStudy(tuple(evaluations), over_seeds(evaluations))
    publish_document(evaluations[0].folder / NAME, study.to_dict(), config.overwrite)
    return study


def over_seeds(evaluations: Sequence[Evaluation]) -> dict[str, Seeds]:
    """Return every metric over the runs.

    The interval over samples is that of the mean over runs, sample by sample; that over seeds is of the means of the
    runs.
    """
    over = {}
    for name in evaluations[0].metrics:
        each = tuple(one.metrics[name].mean for one in evaluations)
        around = of_metric(name, np.asarray(each))
        over_samples = None
        if name in evaluations[0].per_sample:
            over_samples = of_metric(name, _samples(evaluations, name))
        over[name] = Seeds(around.mean, each, over_samples, float(np.std(each, ddof=1)), around)
    return over


def _samples(evaluations: Sequence[Evaluation], name: str) -> Values:
    """Return the mean over runs, and over the pairs of a sample, of a metric: ``(n,)``."""
    values: Values = np.mean(
        [one.per_sample[name].reshape(one.samples, -1).mean(axis=1) for one in evaluations], axis=0
    )
    return values


def _refuse_unlike(folders: Sequence[Path]) -> None:
    records = [read_record(folder) for folder in folders]
    for folder, record in zip(folders[1:], records[1:], strict=True):
        if differing := unlike(records[0], record):
            what = ", ".join(differing[:4])
            raise SettingsError(
                f"runs: {folders[0]} and {folder} differ in {what}; expected runs that differ in the seed"
            )
    seeds = [record.settings.seed for record in records]
    if len(set(seeds)) < len(seeds):
        raise SettingsError(f"runs: seeds {', '.join(map(str, seeds))}; expected a seed of its own for every run")
