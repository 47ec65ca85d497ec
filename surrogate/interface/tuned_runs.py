"""Settings that are searched for, and the study that a search leaves."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surrogate.config.keywords import words_of
from surrogate.config.search_words import spanning
from surrogate.config.words import once
from surrogate.datasets.dataset import open_dataset
from surrogate.errors import SettingsError, SurrogateError
from surrogate.evaluation.documents import frame
from surrogate.interface import notebook
from surrogate.interface.opened_run import OpenedRun
from surrogate.interface.reporters import Reporter, reporter_for
from surrogate.interface.search_settings import trial_settings, tune_settings
from surrogate.registry import metric_label
from surrogate.training.history import Epoch
from surrogate.training.training_settings import TrainConfig
from surrogate.tuning.search_files import write_trials
from surrogate.tuning.search_page import NAME, write_report
from surrogate.tuning.study_record import trial_folder
from surrogate.tuning.trial import StudyResult, Trial
from surrogate.tuning.tune import result, search
from surrogate.tuning.tuning_settings import TuneConfig, Values


@dataclass(frozen=True)
class OpenedStudy:
    """The folder that a search left: its trials, each the folder of a run, and which of them is best.

    Attributes:
        path: its folder.
    """

    path: Path

    @property
    def result(self) -> StudyResult:
        """All that is known of it so far.

        Raises:
            InputError: it is damaged.
        """
        return result(self.path)

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Its trials in order."""
        return self.result.trials

    @property
    def best(self) -> OpenedRun:
        """The run of the smallest validation error, which is optimistic: it was chosen by it.

        Raises:
            SettingsError: no trial is finished.
        """
        best = self.result.best
        if best is None:
            raise SettingsError(f"{self.path}: no trial is finished")
        return OpenedRun(trial_folder(self.path, best.number))

    def report(self) -> Path:
        """Return where the report lies."""
        return self.path / NAME

    def to_dict(self) -> dict[str, Any]:
        """Return its trials as JSON values."""
        return self.result.to_dict()

    def to_frame(self) -> Any:
        """Return a ``pandas.DataFrame`` with a row for each trial.

        Raises:
            SettingsError: pandas is not installed.
        """
        rows = [
            {"run": trial.name, "state": trial.state, "error": trial.error, **trial.values, "seconds": trial.seconds}
            for trial in self.trials
        ]
        return frame(rows)

    def __fspath__(self) -> str:
        return os.fspath(self.path)

    def __repr__(self) -> str:
        known = self.result
        return f"<study in {self.path}: {known.status}, {known.counted()}>"

    def _repr_html_(self) -> str:
        """Return its trials, for a notebook."""
        known = self.result
        return notebook.table(f"{self.path}: {known.status}", known.columns(), known.rows())


def tune(
    data: str | os.PathLike[str],
    *,
    search: Mapping[str, Any] | str | None = None,
    reporter: Reporter | None = None,
    **settings: Any,
) -> OpenedStudy:
    """Return the study of trainings on a data set with settings that are searched for.

    The settings are those of :func:`surrogate.train`, held in every training, and those of ``surrogate tune``:
    ``trials``, ``metric``, ``method``, ``pruner``. The same call on the same ``out`` goes on where a search stopped.

    Args:
        data: a data set, or its folder.
        search: what is searched: ``{"model.n_layers": [3, 4, 5], "optimizer.lr": "tag(log, interval(1e-4, 1e-2))"}``,
            lists of values or texts as the command line has them; the name of a list in conf/search; None: that of
            the model.
        reporter: told how far it is; None: nobody in a script.
        settings: of the search and of every training.

    Raises:
        UsageError, SettingsError: a name or a value that cannot be, with the nearest that can.
        InputError: there is no such data set, or it is damaged.
        StorageError: the disk refused.
    """
    named = {"search": search} if isinstance(search, str) else {}
    spans = spanning(search) if isinstance(search, Mapping) else []
    config = tune_settings(once([*words_of("tune", {"data": data} | named | settings), *spans]))
    tuned(config, reporter_for(reporter))
    return OpenedStudy(config.out)


def tuned(config: TuneConfig, reporter: Reporter, after: Callable[[Path], None] = lambda run: None) -> StudyResult:
    """Run the search of typed settings to its end, with a report; raises as :func:`tune` does.

    Stopped, too, it leaves a report of the trials so far.
    """
    label = metric_label(config.metric)

    def make(values: Values, folder: Path) -> TrainConfig:
        return trial_settings(config, values, folder)

    with reporter.stoppable() as should_stop, reporter.progress("tune", config.trials) as advance:
        best = [_smallest(config.out)]

        def epoch(trial: Trial, done: Epoch) -> None:
            error = done.valid.get(config.metric, float("nan"))
            leader = f"  best {best[0]:.4g}" if best[0] < float("inf") else ""
            advance(trial.number, f"{trial.name} epoch {done.number}/{done.epochs}  valid {label} {error:.4g}{leader}")
            after(trial_folder(config.out, trial.number))

        try:
            for trial in search(config, make, should_stop, lambda line: None, epoch):
                mark = ""
                if trial.state == "finished" and trial.error is not None and trial.error < best[0]:
                    best[0], mark = trial.error, " *"
                reporter.note(_line(trial, label) + mark)
                advance(trial.number + 1, "")
        finally:
            _reported(config)
    return result(config.out)


def _line(trial: Trial, label: str) -> str:
    if trial.repeats is not None:
        return f"{trial.name}  has the values of trial-{trial.repeats:03d}, and is not trained  {trial.words()}"
    figure = "" if trial.error is None else f"  {label} {trial.error:.4g}"
    reason = f": {trial.reason}" if trial.reason else f" in epoch {max(trial.curve, default=0)}"
    state = f"{trial.state}{reason}" if trial.state in ("failed", "pruned") else trial.state
    return f"{trial.name}  {state}{figure}  {trial.words()}"


def _smallest(folder: Path) -> float:
    """Return the error of the best so far, of a study that goes on."""
    try:
        best = result(folder).best
    except SurrogateError:
        return float("inf")
    return float("inf") if best is None or best.error is None else best.error


def _reported(config: TuneConfig) -> None:
    """Write the report and the table of the trials so far, where there is a study."""
    try:
        known = result(config.out)
    except SurrogateError:
        return
    if known.trials:
        write_trials(known)
        write_report(known, open_dataset(config.data))
