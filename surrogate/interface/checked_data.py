"""A data set is looked at: its samples, its splits, and how far its labels are from an equation."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.config.read import read
from surrogate.datasets.check_settings import CheckConfig
from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.label_check import Judge, judge_of, label_finding
from surrogate.datasets.quality import Finding, Quality
from surrogate.datasets.sample_survey import survey
from surrogate.interface import notebook
from surrogate.interface.reporters import Reporter, reporter_for
from surrogate.registry import Settings

# What of an equation says how it is solved, not which it is.
_NUMERICS = {"name", "tolerance", "refine", "resolution", "steps", "waves", "frames", "horizon"}


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
        settings: as of ``surrogate data check``: ``equation`` (the name of one, or of a recipe), ``parameters`` (of it,
            a dictionary), ``samples``.

    Raises:
        UsageError, SettingsError: a setting that cannot be, or an equation that these data cannot be of.
        InputError: there is no such data set, or it is damaged.
    """
    parameters = settings.pop("parameters", None)
    tree = compose_tree("data_check", words_of("data_check", {"data": data} | settings))
    return checked(read(CheckConfig, tree | {"parameters": parameters}), reporter_for(reporter))


def checked(config: CheckConfig, reporter: Reporter) -> CheckedData:
    """Return what is seen by typed settings; raises as :func:`check` does."""
    dataset = open_dataset(config.data)
    # An equation that does not fit is refused before anything is read.
    judge = None if config.equation is None else _judge(dataset, config.equation, config.parameters or {})
    with reporter.progress("look at samples", sum(dataset.counts.values())) as advance:
        seen = survey(dataset, lambda done: advance(done, ""))
    findings: tuple[Finding, ...] = ()
    if judge is not None:
        with reporter.progress("solve again", config.samples) as advance:
            findings = (label_finding(dataset, judge[0], config.samples, judge[1], lambda done: advance(done, "")),)
    return CheckedData(dataset.name, seen.quality(dataset.hash, findings))


def _judge(dataset: Dataset, name: str, parameters: Mapping[str, Any]) -> tuple[Judge, str]:
    """Return the equation that labels are held against, and its parameters in words."""
    from surrogate.config.named_equations import equation_settings
    from surrogate.equations import read_equation

    settings, recipe = equation_settings(name, parameters)
    equation = read_equation(settings)
    kept = {
        key: value
        for key, value in equation
        if not isinstance(value, Settings) and value is not None and key not in _NUMERICS
    }
    words = ", ".join(f"{key}={f'{value:g}' if isinstance(value, float) else value}" for key, value in kept.items())
    return judge_of(dataset.spec, equation), f"{words}, of recipe {recipe}" if words else f"of recipe {recipe}"
