"""Which of several predictors is better on the same samples, by how much, and whether chance could have done it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.config.read import read
from surrogate.errors import UsageError
from surrogate.evaluation.compare.comparison import compare as measure
from surrogate.evaluation.compare.comparison_files import claimed, write_figures
from surrogate.evaluation.compare.comparison_result import Comparison
from surrogate.evaluation.compare.comparison_settings import CompareConfig
from surrogate.evaluation.compare.paired_difference import Difference
from surrogate.evaluation.report.comparison_page import headline, title, write_report
from surrogate.interface.default_places import dated


@dataclass(frozen=True)
class SideBySide:
    """Predictors held against each other, and the page that shows it.

    Attributes:
        comparison: all that was measured.
        page: the report, one file with everything in it.
    """

    comparison: Comparison
    page: Path

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Each paired difference, with its interval and its verdict."""
        return self.comparison.differences

    @property
    def headline(self) -> str:
        """What a reader should take from it."""
        return headline(self.comparison)

    @property
    def figures(self) -> Path:
        """Where the figures lie as JSON."""
        return self.page.with_name("compare.json")

    def report(self) -> Path:
        """Return where the report lies."""
        return self.page

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON values, as compare.json holds them."""
        return self.comparison.to_dict()

    def to_frame(self) -> Any:
        """Return a ``pandas.DataFrame`` with a row for each paired difference.

        Raises:
            SettingsError: pandas is not installed.
        """
        return self.comparison.to_frame()

    def __repr__(self) -> str:
        return f"<comparison of {title(self.comparison)}: {self.headline}>"

    def _repr_html_(self) -> str:
        """Return the headline with the tables of metrics and differences, for a notebook."""
        return self.comparison._repr_html_()


def compare(*predictors: str | os.PathLike[str], **settings: Any) -> SideBySide:
    """Return how predictors fare on the same samples: every metric of each, and paired differences with intervals.

    Args:
        predictors: two or more runs or their folders, exported files, files of predictions made elsewhere, and
            ``"solver"``, that of the recipe of the data.
        settings: as of ``surrogate compare``: ``data``, ``split``, ``out``, ``batch_size``, ``rollout``, ``device``.

    Raises:
        UsageError, SettingsError: fewer than two runs, or a setting that cannot be.
        InputError: there is no such run or data, or the runs do not answer the same question.
        StorageError: the disk refused.
    """
    if len(predictors) < 2:
        raise UsageError(f"{len(predictors)} to compare; expected two or more: compare(a, b)")
    return compared(
        read(CompareConfig, compose_tree("compare", words_of("compare", {"runs": list(predictors)} | settings)))
    )


def compared(config: CompareConfig) -> SideBySide:
    """Return how the runs of typed settings fare; raises as :func:`compare` does."""
    named = config.out or Path(dated("compare", "-".join(run.name for run in config.runs[:3])))
    claimed(config, named, take=False)
    comparison = measure(config)
    folder = claimed(config, named, take=True)
    write_figures(comparison, folder, config.overwrite)
    report = write_report(comparison, folder, config.overwrite)
    return SideBySide(comparison, named / report.name)
