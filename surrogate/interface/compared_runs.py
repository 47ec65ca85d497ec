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
from surrogate.evaluation.compare.own_inputs import OwnInputs, held_against_solver, solving
from surrogate.evaluation.compare.paired_difference import Difference
from surrogate.evaluation.intervals import Interval
from surrogate.evaluation.report import own_inputs_page
from surrogate.evaluation.report.comparison_page import headline, title, write_report
from surrogate.interface.array_files import as_file
from surrogate.interface.default_places import dated
from surrogate.interface.generated_data import generated
from surrogate.interface.opened_data import OpenedData
from surrogate.interface.reporters import Reporter, reporter_for


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


@dataclass(frozen=True)
class AgainstSolver:
    """Predictors held against the solver on inputs of one's own, and the page that shows it.

    Attributes:
        own: all that was measured.
        page: the report, one file with everything in it.
    """

    own: OwnInputs
    page: Path

    @property
    def metrics(self) -> dict[str, Interval]:
        """The mean relative L2 distance from the solver of each predictor, with its interval, by name."""
        return {one.name: one.metrics["relative_l2"] for one in self.own.comparison.contenders}

    @property
    def solved(self) -> OpenedData:
        """The inputs with the solutions of the solver, as a data set with its certificate."""
        return OpenedData(self.own.data)

    @property
    def headline(self) -> str:
        """What a reader should take from it."""
        return own_inputs_page.headline(self.own)

    @property
    def figures(self) -> Path:
        """Where the figures lie as JSON."""
        return self.page.with_name("compare.json")

    def report(self) -> Path:
        """Return where the report lies."""
        return self.page

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON values, as compare.json holds them."""
        return self.own.to_dict()

    def to_frame(self) -> Any:
        """Return a ``pandas.DataFrame`` with a row for each input and predictor.

        Raises:
            SettingsError: pandas is not installed.
        """
        return self.own.to_frame()

    def __repr__(self) -> str:
        return f"<{own_inputs_page.title(self.own)}: {self.headline}>"

    def _repr_html_(self) -> str:
        """Return the headline with the table of errors and cost, for a notebook."""
        return self.own._repr_html_()


def compare(
    *predictors: str | os.PathLike[str], input: Any = None, reporter: Reporter | None = None, **settings: Any
) -> SideBySide | AgainstSolver:
    """Return how predictors fare on the same samples: every metric of each, and paired differences with intervals.

    Args:
        predictors: two or more runs or their folders, exported files, files of predictions made elsewhere, and
            ``"solver"``, that of the recipe of the data.
        input: inputs of one's own, as :func:`surrogate.generate` takes them: then the solver solves them, all are held
            against it, and one is enough.
        reporter: told how far the solver is; None: nobody in a script.
        settings: as of ``surrogate compare``: ``data``, ``split``, ``out``, ``batch_size``, ``rollout``, ``device``.

    Raises:
        UsageError, SettingsError: fewer than two runs, or a setting that cannot be.
        InputError: there is no such run or data, or the runs do not answer the same question.
        StorageError: the disk refused.
    """
    if len(predictors) < (2 if input is None else 1):
        raise UsageError(f"{len(predictors)} to compare; expected two or more: compare(a, b)")
    with as_file(input) as path:
        given = {} if path is None else {"input": path}
        tree = compose_tree("compare", words_of("compare", {"runs": list(predictors)} | given | settings))
        config = read(CompareConfig, tree)
        return compared(config) if path is None else against_solver(config, reporter_for(reporter))


def against_solver(config: CompareConfig, reporter: Reporter) -> AgainstSolver:
    """Return how far the runs of typed settings are from the solver on their input; raises as :func:`compare` does."""
    assert config.input is not None
    named = config.out or Path(dated("compare", "-".join([*(run.name for run in config.runs[:3]), config.input.stem])))
    claimed(config, named, take=False)
    inputs = solving(config, named.resolve())
    folder = claimed(config, named, take=True)
    solved = generated(inputs.model_copy(update={"out": folder / inputs.out.name}), reporter)
    own = held_against_solver(config, solved.path)
    write_figures(own.comparison, folder, config.overwrite, own.to_dict())
    report = own_inputs_page.write_report(own, folder, config.overwrite)
    return AgainstSolver(own, named / report.name)


def compared(config: CompareConfig) -> SideBySide:
    """Return how the runs of typed settings fare; raises as :func:`compare` does."""
    named = config.out or Path(dated("compare", "-".join(run.name for run in config.runs[:3])))
    claimed(config, named, take=False)
    comparison = measure(config)
    folder = claimed(config, named, take=True)
    write_figures(comparison, folder, config.overwrite)
    report = write_report(comparison, folder, config.overwrite)
    return SideBySide(comparison, named / report.name)
