"""How good a predictor is: figures with intervals beside baselines, and the page that shows them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.config.read import read
from surrogate.errors import UsageError
from surrogate.evaluation.compare.seeds import SeedStudy, evaluate_runs
from surrogate.evaluation.documents import SuiteResult
from surrogate.evaluation.evaluate import evaluate as measure
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.intervals import Interval
from surrogate.evaluation.report.errors_section import title
from surrogate.evaluation.report.evaluation_page import write_report
from surrogate.evaluation.results import Evaluation
from surrogate.evaluation.suite_files import ask, kept


@dataclass(frozen=True)
class Evaluated:
    """A predictor measured on a split, and the page that shows it.

    Attributes:
        evaluation: all that was measured.
        suite: what a suite found that was asked beside; None: none was.
        page: the report, one file with everything in it.
    """

    evaluation: Evaluation
    suite: SuiteResult | None
    page: Path

    @property
    def metrics(self) -> Mapping[str, Interval]:
        """Each metric of the predictor: mean over the samples, with its 95 % interval."""
        return self.evaluation.metrics

    @property
    def baselines(self) -> Mapping[str, Mapping[str, Interval]]:
        """The same of predictions that learn nothing, by their names."""
        return self.evaluation.baselines

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know to trust the figures."""
        return self.evaluation.notes

    def report(self) -> Path:
        """Return where the report lies."""
        return self.page

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON values, as metrics.json holds them."""
        return self.evaluation.to_dict()

    def to_frame(self) -> Any:
        """Return a ``pandas.DataFrame`` with a row for each metric: mean, low, high, and the mean of each baseline.

        Raises:
            SettingsError: pandas is not installed.
        """
        return self.evaluation.to_frame()

    def __repr__(self) -> str:
        return f"<evaluation of {title(self.evaluation)}: relative L2 {self.metrics['relative_l2'].mean:.4g}>"

    def _repr_html_(self) -> str:
        """Return its headline and the tables of its metrics, for a notebook."""
        return self.evaluation._repr_html_()


def evaluate(predictor: str | os.PathLike[str] | None = None, **settings: Any) -> Evaluated:
    """Return how good a predictor is on a split that it did not learn from.

    ``evaluate(run).metrics["relative_l2"]`` is a mean with its interval, ``.report()`` the page.

    Args:
        predictor: a run or its folder, an exported file, or (with ``data``) a file of predictions made elsewhere, or
            ``"solver"``, that of the recipe of the data; None: what the settings name.
        settings: as of ``surrogate eval``: ``data``, ``split``, ``suite``, ``out``, ``ensemble=[a, b]``, ...

    Raises:
        UsageError, SettingsError: a name or a value that cannot be, with the nearest that can.
        InputError: there is no such run or data, or the run cannot take these data.
        StorageError: the disk refused.
    """
    keywords = ({} if predictor is None else {"predictor": predictor}) | settings
    if keywords.get("runs") is not None:
        raise UsageError("runs: evaluate takes one at a time; compare holds several against each other")
    return evaluated(read(EvalConfig, compose_tree("eval", words_of("eval", keywords))))


def evaluated(config: EvalConfig) -> Evaluated:
    """Return how good what typed settings name is; raises as :func:`evaluate` does."""
    evaluation = measure(config)
    suite = None if config.suite is None else ask(evaluation, config.suite)
    return Evaluated(evaluation, suite, _page(evaluation))


def evaluated_seeds(config: EvalConfig) -> tuple[list[Evaluated], SeedStudy]:
    """Return how good runs are that differ in their seed, and what they say together; raises as :func:`evaluate`."""
    study = evaluate_runs(config)
    return [Evaluated(one, None, _page(one)) for one in study.evaluations], study


def _page(evaluation: Evaluation) -> Path:
    return write_report(evaluation, [each.section() for each in kept(evaluation)])
