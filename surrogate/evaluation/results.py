"""What an evaluation found, and the files that say so: metrics.json and per_sample.csv.

Shapes: n samples (trajectories), p pairs of input and output, t steps, c channels, s... space. A ``map`` has one pair
per sample; a ``step`` has one for each frame but the last, all pairs of a sample together.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.dataset import Dataset
from surrogate.errors import InputError
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.intervals import Interval
from surrogate.evaluation.metric import Values, metric_named
from surrogate.evaluation.overview import Overview
from surrogate.evaluation.report import wording
from surrogate.evaluation.report.cells import cell
from surrogate.evaluation.rollout.rollout_error import Rollout
from surrogate.integrity import sealed
from surrogate.predictors.predictor import Predictor
from surrogate.reading import read_json
from surrogate.registry import SUITES
from surrogate.spaces import Problem, Split
from surrogate.written import Record, claim, publish, publish_document

Field = NDArray[np.float32]
Intervals = Mapping[str, Interval]
METRICS_FILE = "metrics.json"


@dataclass(frozen=True)
class Shown:
    """One pair to look at: its place, its error, and its fields ``(c, s...)``."""

    title: str
    sample: int
    step: int
    relative_l2: float
    inputs: Field
    truth: Field
    prediction: Field


@dataclass(frozen=True)
class Evaluation:
    """A predictor measured on a split.

    Attributes:
        predictor: what was measured.
        data: the data set.
        split: the split of it.
        problem: what is learned, on the grid of the data.
        folder: where the files go.
        samples: n.
        metrics: of the surrogate; ``rollout_relative_l2`` and ``valid_time`` among them where there is a roll-out, and
            ``semi_group`` where the lead time is an input.
        baselines: of predictions that learn nothing, under their names.
        omitted: baselines that are not there, and why.
        per_sample: metric -> one value per pair, ``(p,)``.
        shown: the pairs of the smallest, the median and the largest relative L2 error.
        overview: error maps and spectra over all pairs; None on a cloud.
        rollout: None unless the task is ``step`` and a roll-out was asked for.
        seconds_per_sample: of one application of the surrogate, in batches of ``batch_size`` on ``device``; None where
            there is nothing to apply.
        seconds_one_at_a_time: of one application to one input alone.
        notes: what a reader must know to trust the figures.
        overwrite: whether files there that are not ours are replaced.
    """

    predictor: Predictor
    data: Dataset
    split: Split
    problem: Problem
    folder: Path
    samples: int
    metrics: Intervals
    baselines: Mapping[str, Intervals]
    omitted: Mapping[str, str]
    per_sample: Mapping[str, Values]
    shown: tuple[Shown, ...]
    overview: Overview | None
    rollout: Rollout | None
    seconds_per_sample: float | None
    seconds_one_at_a_time: float | None
    batch_size: int
    device: str
    notes: tuple[str, ...]
    overwrite: bool = False

    @property
    def pairs(self) -> int:
        return len(self.per_sample["relative_l2"])

    def title(self) -> str:
        """Return what was measured on what, in a line."""
        count = wording.counted(self.samples, f"{self.split} sample")
        return f"{self.predictor.path.name} on {count} of {self.data.name}"

    def seconds_text(self) -> str:
        """Return the time of a prediction in a batch and of one alone; nothing where it is not known."""
        if self.seconds_one_at_a_time is None or self.seconds_per_sample is None:
            return ""
        batch, text = min(self.batch_size, self.pairs), f"{wording.duration(self.seconds_one_at_a_time)} one at a time"
        if batch > 1:
            text += f", {wording.duration(self.seconds_per_sample)} each in batches of {batch}"
        return f"{text}, on {self.device}"

    def columns(self) -> list[str]:
        """Return the heads of the table of :meth:`rows`."""
        return ["", "surrogate", "95 % interval", *(wording.BASELINE_HEADS[name] for name in self.baselines)]

    def rows(self, benchmarks: bool = False) -> list[list[str]]:
        """Return one row for each metric: name, mean, interval, and the mean of every baseline.

        The few that say most come first; with ``benchmarks`` it is the others that are returned, by which published
        benchmarks compare.
        """
        unit = wording.common_unit(self.problem.target.fields)
        return [
            [
                metric_named(metric).label,
                wording.quantity(metric, found.mean, unit),
                wording.span(metric, found, unit),
                *(
                    wording.quantity(metric, other[metric].mean, unit) if metric in other else ""
                    for other in self.baselines.values()
                ),
            ]
            for metric, found in self.metrics.items()
            if metric_named(metric).main != benchmarks
        ]


def claimed(config: EvalConfig, folder: Path, predictor: Predictor, data: Dataset) -> Path:
    """Return the folder of an evaluation, made ours; where the user names none, it follows the state of the run.

    Raises:
        SettingsError: the folder is not ours, is an input, or holds what other inputs gave.
        StorageError: the disk refused.
    """

    def former(there: Path) -> list[str]:
        # Evaluations of version 0.1 kept no record but their figures.
        try:
            found = read_json(there / METRICS_FILE)
        except InputError:
            return []
        known = isinstance(found, dict) and found.get("split") == config.split and isinstance(found.get("data"), dict)
        if not known or found["data"].get("hash") != data.hash:
            return []
        names = ("per_sample.csv", METRICS_FILE, "report.html", "seeds.json", "cost.csv")
        written = [*names, *(f"{suite}.json" for suite in SUITES.names())]
        return [name for name in written if (there / name).is_file()]

    inputs = {"run": config.run, "ensemble": config.ensemble, "artefact": config.artefact, "data": data.path}
    made_from = {"surrogate": predictor.digest, "data": data.hash, "split": config.split}
    return claim(
        folder,
        Record(command="eval", made_from=made_from),
        inputs=inputs,
        overwrite=config.overwrite,
        renewed=("surrogate",) if config.out is None else (),
        former=former,
    )


def write_results(evaluation: Evaluation) -> None:
    """Write ``metrics.json`` and ``per_sample.csv`` into the folder of the evaluation, which is made where missing.

    Raises:
        SettingsError: files of these names are there that are not ours.
        StorageError: the disk refused.
    """
    publish(evaluation.folder / "per_sample.csv", table(evaluation), evaluation.overwrite)
    publish_document(evaluation.folder / METRICS_FILE, sealed(document(evaluation)), evaluation.overwrite)


def document(evaluation: Evaluation) -> dict[str, Any]:
    """Return what metrics.json holds; a figure that is not finite is null there."""
    rollout = evaluation.rollout
    found = {
        "metrics": {name: asdict(interval) for name, interval in evaluation.metrics.items()},
        "baselines": {
            baseline: {name: asdict(interval) for name, interval in intervals.items()}
            for baseline, intervals in evaluation.baselines.items()
        },
        "omitted": dict(evaluation.omitted),
        "rollout": rollout
        and {
            "steps": len(rollout.relative_l2),
            "relative_l2": rollout.relative_l2.tolist(),
            "persistence": rollout.persistence.tolist(),
            "times": rollout.times.tolist(),
            **{name: values.tolist() for name, values in vars(rollout.long_run).items()},
        },
        "run": str(evaluation.predictor.path),
        "data": {"name": evaluation.data.name, "path": str(evaluation.data.path), "hash": evaluation.data.hash},
        "certificate": evaluation.data.certificate.status,
        "label_floor": evaluation.data.certificate.label_floor,
        "step_floor": evaluation.data.certificate.step_floor,
        "split": evaluation.split,
        "task": evaluation.problem.task,
        "grid": list(evaluation.problem.target.domain.points),
        "samples": evaluation.samples,
        "pairs": evaluation.pairs,
        "seconds_per_sample": evaluation.seconds_per_sample,
        "seconds_one_at_a_time": evaluation.seconds_one_at_a_time,
        "batch_size": evaluation.batch_size,
        "device": evaluation.device,
        "notes": list(evaluation.notes),
    }
    return {key: finite(value) for key, value in found.items()}


def table(evaluation: Evaluation) -> str:
    """Return per_sample.csv: one row per pair with its sample, its step (0 for a map) and every metric."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["sample", "step", *map(cell, evaluation.per_sample)])
    steps = evaluation.pairs // evaluation.samples
    for pair, values in enumerate(zip(*evaluation.per_sample.values(), strict=True)):
        rows.writerow([pair // steps, pair % steps, *(f"{value:.9g}" for value in values)])
    return text.getvalue()


def finite(value: Any) -> Any:
    """Return a tree of JSON with null in place of what is not finite."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
