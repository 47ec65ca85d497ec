"""A data set is looked at: its samples, its splits, and how far its labels are from an equation."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.config.read import read
from surrogate.datasets.check_settings import CheckConfig
from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.quality import Quality
from surrogate.datasets.sample_survey import survey
from surrogate.interface import notebook
from surrogate.interface.reporters import Reporter, reporter_for


@dataclass(frozen=True)
class CheckedData:
    """What was seen of a data set.

    Attributes:
        name: of the data set.
        quality: the findings: each has a name, a status (``fine``, ``look``, ``fault``, ``none``), a sentence, figures
            and the first samples that it is about.
    """

    name: str
    quality: Quality

    @property
    def sound(self) -> bool:
        """Whether nothing is at fault; what a person must judge is in ``quality.doubts``."""
        return not self.quality.faults

    def figures(self) -> dict[str, str]:
        """Return what is told of it, as name -> text."""
        rows = {name: f"{mark}: {line}" for name, mark, line in self.quality.rows()}
        return rows | {"verdict": self.quality.line()}

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"name": self.name, "line": self.quality.line(), **self.quality.model_dump(mode="json")}

    def __repr__(self) -> str:
        return f"<check of {self.name}: {self.quality.line()}>"

    def _repr_html_(self) -> str:
        """Return its findings, for a notebook."""
        return notebook.facts(self.name, self.figures())


def check(data: str | os.PathLike[str], *, reporter: Reporter | None = None, **settings: Any) -> CheckedData:
    """Return what is seen of a data set: leakage, near twins, outliers and more, each a figure and a sentence.

    Args:
        data: a data set, or its folder; it is read once, part by part.
        reporter: told how far it is; None: nobody in a script.
        settings: as of ``surrogate data check``.

    Raises:
        UsageError, SettingsError: a setting that cannot be.
        InputError: there is no such data set, or it is damaged.
    """
    config = read(CheckConfig, compose_tree("data_check", words_of("data_check", {"data": data} | settings)))
    return checked(config, reporter_for(reporter))


def checked(config: CheckConfig, reporter: Reporter) -> CheckedData:
    """Return what is seen by typed settings; raises as :func:`check` does."""
    dataset = open_dataset(config.data)
    with reporter.progress("look at samples", sum(dataset.counts.values())) as advance:
        seen = survey(dataset, lambda done: advance(done, ""))
    return CheckedData(dataset.name, seen.quality(dataset.hash))
