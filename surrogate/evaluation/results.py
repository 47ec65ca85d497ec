"""What an evaluation found.

Shapes: n samples (trajectories), p pairs of input and output, t steps, c channels, s... space. A ``map`` has one pair
per sample; a ``step`` has one for each frame but the last, all pairs of a sample together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.dataset import Dataset
from surrogate.evaluation.documents import Presentable, finite, frame
from surrogate.evaluation.intervals import Interval
from surrogate.evaluation.metric import Values
from surrogate.evaluation.overview import Overview
from surrogate.evaluation.report.sections import Section
from surrogate.evaluation.rollout.rollout_error import Rollout
from surrogate.predictors.predictor import Predictor
from surrogate.spaces import Problem, Split

Field = NDArray[np.float32]
Intervals = Mapping[str, Interval]


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
class Evaluation(Presentable):
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
        absent: what else an evaluation has and this one has not, and why.
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
    absent: Mapping[str, str] = field(default_factory=dict)

    @property
    def pairs(self) -> int:
        return len(self.per_sample["relative_l2"])

    def to_dict(self) -> dict[str, Any]:
        """Return what metrics.json holds; a figure that is not finite is null there."""
        rollout = self.rollout
        document = {
            "metrics": {name: asdict(interval) for name, interval in self.metrics.items()},
            "baselines": {
                baseline: {name: asdict(interval) for name, interval in intervals.items()}
                for baseline, intervals in self.baselines.items()
            },
            "omitted": dict(self.omitted),
            "rollout": rollout
            and {
                "steps": len(rollout.relative_l2),
                "relative_l2": rollout.relative_l2.tolist(),
                "persistence": rollout.persistence.tolist(),
                "times": rollout.times.tolist(),
                **{name: values.tolist() for name, values in vars(rollout.long_run).items()},
            },
            "absent": dict(self.absent),
            "run": str(self.predictor.path),
            "predictor": {"kind": self.predictor.kind, "sha256": self.predictor.digest},
            "data": {"name": self.data.name, "path": str(self.data.path), "hash": self.data.hash},
            "certificate": self.data.certificate.status,
            "label_floor": self.data.certificate.label_floor,
            "step_floor": self.data.certificate.step_floor,
            "split": self.split,
            "task": self.problem.task,
            "grid": list(self.problem.target.domain.points),
            "samples": self.samples,
            "pairs": self.pairs,
            "seconds_per_sample": self.seconds_per_sample,
            "seconds_one_at_a_time": self.seconds_one_at_a_time,
            "batch_size": self.batch_size,
            "device": self.device,
            "notes": list(self.notes),
        }
        return {key: finite(value) for key, value in document.items()}

    def to_frame(self) -> Any:
        """Return a ``pandas.DataFrame`` with a row for each metric: mean, low, high, and the mean of each baseline.

        Raises:
            SettingsError: pandas is not installed.
        """
        rows = []
        for name, interval in self.metrics.items():
            others = {key: held[name].mean for key, held in self.baselines.items() if name in held}
            rows.append({"metric": name, **asdict(interval), **others})
        return frame(rows)

    def section(self) -> Section:
        """Return it told, as far as a table of all metrics goes; the page has the rest."""
        from surrogate.evaluation.report.errors_section import section

        return section(self)
