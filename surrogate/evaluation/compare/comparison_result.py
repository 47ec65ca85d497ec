"""What several predictors were found to be on the same samples.

Shapes: n samples (trajectories), c channels, s... space.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from surrogate.datasets.dataset import Dataset
from surrogate.evaluation.compare.paired_difference import Difference
from surrogate.evaluation.documents import Presentable, finite, frame
from surrogate.evaluation.intervals import Interval
from surrogate.evaluation.metric import Values, metric_named
from surrogate.evaluation.overview import Overview
from surrogate.evaluation.report.sections import Section
from surrogate.evaluation.rollout.rollout_error import Rollout
from surrogate.predictors.predictor import Field, Predictor
from surrogate.predictors.runs import Run
from surrogate.spaces import Problem, Split


@dataclass(frozen=True)
class Contender:
    """One of the predictors, and what was measured of it.

    Attributes:
        name: the shortest that tells it from the others.
        predictor: as it was loaded.
        metrics: means with intervals.
        per_sample: metric -> ``(n,)``, means over the pairs of a sample.
        seconds: of one prediction, median of rounds in which all took turns; None where nothing is applied.
        overview: error maps and spectra; None on a cloud.
        rollout: None unless the task is ``step`` and a roll-out was asked for.
        shown: its prediction of the pair that is shown, ``(c, s...)``.
    """

    name: str
    predictor: Predictor
    metrics: Mapping[str, Interval]
    per_sample: Mapping[str, Values]
    seconds: float | None
    overview: Overview | None
    rollout: Rollout | None
    shown: Field

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        predictor, record = self.predictor, self.predictor.record
        return {
            "name": self.name,
            "path": str(predictor.path),
            "kind": predictor.kind,
            "sha256": predictor.digest,
            "model": None if record is None else record.settings.model.name,
            "parameters": None if record is None else record.parameters,
            "training_seconds": None if record is None else record.seconds,
            "seconds_per_sample": self.seconds,
            "trained_on": None if record is None else record.data.hash,
            "metrics": {name: asdict(interval) for name, interval in self.metrics.items()},
        }


@dataclass(frozen=True)
class Comparison(Presentable):
    """Predictors measured on the same samples.

    Attributes:
        data: the data set.
        split: the split of it.
        problem: on the grid of the data.
        samples: n.
        contenders: the predictors, in the order in which they were named.
        differences: of every pair in every metric; of more than ``ALL_PAIRS`` contenders, of the pairs in which the
            first is, or the best in that metric.
        sample: that of the pair that is shown, the one of median relative L2 error, mean over all.
        step: of that pair, 0 for a map.
        inputs: of that pair, ``(c, s...)``.
        truth: the outputs of that pair.
        settings: of training and of where it ran, those that differ: name -> one text per contender.
        notes: what a reader must know to trust the figures.
    """

    data: Dataset
    split: Split
    problem: Problem
    samples: int
    contenders: tuple[Contender, ...]
    differences: tuple[Difference, ...]
    sample: int
    step: int
    inputs: Field
    truth: Field
    settings: Mapping[str, tuple[str, ...]]
    batch_size: int
    device: str
    notes: tuple[str, ...]

    @property
    def noun(self) -> str:
        """What the contenders are called: ``run``, or ``predictor`` where an exported file or predictions are among."""
        return "run" if all(isinstance(one.predictor, Run) for one in self.contenders) else "predictor"

    def best(self, metric: str) -> Contender:
        """Return the contender of the best mean; one that is not finite is worse than any."""
        return best_of(self.contenders, metric)

    def to_dict(self) -> dict[str, Any]:
        """Return what compare.json holds; a figure that is not finite is null there."""
        tree = {
            "data": {"name": self.data.name, "path": str(self.data.path), "hash": self.data.hash},
            "split": self.split,
            "samples": self.samples,
            "batch_size": self.batch_size,
            "device": self.device,
            "runs": [one.to_dict() for one in self.contenders],
            "differences": [one.to_dict() for one in self.differences],
            "settings": {key: list(values) for key, values in self.settings.items()},
            "notes": list(self.notes),
        }
        return {key: finite(value) for key, value in tree.items()}

    def to_frame(self) -> Any:
        """Return a ``pandas.DataFrame`` with a row for each paired difference.

        Raises:
            SettingsError: pandas is not installed.
        """
        return frame([asdict(one) | asdict(one.mean) | {"verdict": one.verdict} for one in self.differences])

    def section(self) -> Section:
        """Return it told, as far as metrics and paired differences go; the page has the rest."""
        from surrogate.evaluation.report.comparison_page import section

        return section(self)


def best_of(contenders: Sequence[Contender], metric: str) -> Contender:
    """Return the one of the best mean; one that is not finite is worse than any."""
    gains = metric_named(metric).gain(np.array([one.metrics[metric].mean for one in contenders]))
    return contenders[int(np.argmax(np.nan_to_num(gains, nan=-np.inf)))]
