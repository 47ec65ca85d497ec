"""A search: trainings one after another, with values drawn by what the others came to on validation samples alone."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import torch

from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.windows import problem as problem_of
from surrogate.errors import DamageError, SettingsError, Stopped, StorageError, SurrogateError, UsageError, nearest
from surrogate.files import make_folder
from surrogate.integrity import read_lines
from surrogate.memory_limits import is_shortage, shortage
from surrogate.predictors.runs import read_record
from surrogate.training.history import LINES, Epoch
from surrogate.training.loss import figures
from surrogate.training.opening import check_certificate, claimed
from surrogate.training.train import train
from surrogate.training.training_settings import TrainConfig
from surrogate.training.window_items import rollout_windows
from surrogate.tuning.study import Study, require_optuna
from surrogate.tuning.study_record import begin_study, placed_study, read_study, trial_folder
from surrogate.tuning.trial import StudyResult, Trial
from surrogate.tuning.tuning_settings import TuneConfig, Values

# The settings of a training with these values, in this folder.
Make = Callable[[Values, Path], TrainConfig]
# Errors that are no fault of the values: they end the search, which can go on when they are mended.
_FATAL = (Stopped, StorageError, DamageError, UsageError)


def search(
    config: TuneConfig,
    make: Make,
    should_stop: Callable[[], bool],
    tell: Callable[[str], None] = lambda line: None,
    after: Callable[[Trial, Epoch], None] = lambda trial, epoch: None,
) -> Iterator[Trial]:
    """Run the trials of a study and yield each as it ends; the same settings on the same folder go on where it stood.

    A trial that was interrupted goes on from its last state; one whose values give no training (the numbers diverged,
    the memory did not suffice, the model does not take the grid) has failed, and the search goes on.

    Args:
        config: the settings.
        make: gives the settings of a training.
        should_stop: asked at every safe point of a training.
        tell: given lines worth knowing.
        after: called with the trial and each epoch that is done.

    Raises:
        SettingsError: the data cannot be searched on, or the folder holds something else.
        InputError: the data, or the study on disk, are damaged.
        StorageError: the disk refused.
        Stopped: ``should_stop`` said so.
    """
    require_optuna()
    config = placed_study(config)
    dataset = open_dataset(config.data)
    check_searchable(config, dataset, make(_first(config), config.out))
    make_folder(config.out)
    with claimed(config.out):
        begin_study(config, dataset)
        study = Study(config.out, config)
        try:
            while sum(trial.state != "unfinished" for trial in study.trials()) < config.trials:
                if should_stop():
                    raise _stopped(config.out, study)
                trial = study.next()
                try:
                    _run(study, trial, config, make, should_stop, tell, after)
                except Stopped:
                    study.rest(trial)
                    raise _stopped(config.out, study) from None
                yield study.trials()[trial.number]
        finally:
            study.close()


def result(folder: Path) -> StudyResult:
    """Return what the study in ``folder`` came to so far.

    Raises:
        InputError: there is none, or it is damaged.
        SettingsError: Optuna is not installed.
    """
    record = read_study(folder)
    study = Study(folder, record.settings)
    try:
        return StudyResult(folder, record, study.trials(), study.importances())
    finally:
        study.close()


def check_searchable(config: TuneConfig, dataset: Dataset, training: TrainConfig) -> None:
    """Refuse data without validation samples, and an error that validation does not measure.

    Raises:
        SettingsError: it is so.
    """
    if not dataset.counts["valid"]:
        raise SettingsError(f"data={config.data}: has no validation samples, and no others may choose between settings")
    check_certificate(training, dataset)
    problem = problem_of(dataset.spec, training.task, training.time, training)
    known = list(figures(training.loss, problem))
    if rollout_windows(dataset.spec, problem.task, training.time) is not None:
        known.append("rollout_relative_l2")
    if config.metric not in known:
        raise SettingsError(f"metric={config.metric}: not measured in validation{nearest(config.metric, known)}")


def _first(config: TuneConfig) -> Mapping[str, str]:
    """Return values of every setting that is searched, the first of each."""
    return {key: one.ends()[0] for key, one in config.search.items()}


def _stopped(folder: Path, study: Study) -> Stopped:
    done = sum(trial.state != "unfinished" for trial in study.trials())
    where = f"{done} of {study.config.trials} trials done"
    return Stopped(f"{folder}: stopped with {where}; the same command goes on from there")


def _run(
    study: Study,
    trial: Trial,
    config: TuneConfig,
    make: Make,
    should_stop: Callable[[], bool],
    tell: Callable[[str], None],
    after: Callable[[Trial, Epoch], None],
) -> None:
    """Train one trial to an end of whatever kind, and write that down."""
    folder = trial_folder(config.out, trial.number)
    # With one seed for all, the same values give the same surrogate.
    if study.repeat(trial):
        return
    if not study.begin(trial):
        study.fail(trial, "the process ended in it again and again without a word, as for want of memory")
        return
    try:
        with _own_memory():
            pruned = _trained(study, trial, config, make(trial.values, folder), should_stop, tell, after)
    except _FATAL:
        raise
    except SurrogateError as error:
        study.fail(trial, str(error).replace(f"{folder}: ", ""))
    except Exception as error:
        if not is_shortage(error):
            raise
        study.fail(trial, shortage(error))
    else:
        if pruned:
            study.prune(trial)
            return
        record = read_record(folder)
        value = record.metrics.get(f"valid_{config.metric}", math.nan)
        if not math.isfinite(value):
            study.fail(trial, f"its validation {config.metric} is not finite")
            return
        study.note(trial, seconds=record.seconds, parameters=record.parameters)
        study.finish(trial, value)


def _trained(
    study: Study,
    trial: Trial,
    config: TuneConfig,
    training: TrainConfig,
    should_stop: Callable[[], bool],
    tell: Callable[[str], None],
    after: Callable[[Trial, Epoch], None],
) -> bool:
    """Train until the end, or until the pruner ends it: then return True."""
    seconds = 0.0
    for row in read_lines(training.out / LINES) if (training.out / LINES).is_file() else ():
        seconds += float(row["seconds"] or 0.0)
        _reported(study, trial, int(row["epoch"]), row.get(f"valid_{config.metric}"))
    if study.hopeless(trial):
        return True
    with closing(train(training, should_stop, tell)) as epochs:  # type: ignore[type-var]
        for epoch in epochs:
            seconds += epoch.seconds
            study.note(trial, seconds=seconds, parameters=read_record(training.out).parameters)
            _reported(study, trial, epoch.number, epoch.valid.get(config.metric))
            after(trial, epoch)
            if epoch.number < training.trainer.epochs and study.hopeless(trial):
                return True
    return False


def _reported(study: Study, trial: Trial, epoch: int, error: float | None) -> None:
    if error is not None and math.isfinite(error):
        study.report(trial, epoch, error)


@contextmanager
def _own_memory() -> Iterator[None]:
    """Within it a training; after it, its memory is given back, also that of a device."""
    try:
        yield
    finally:
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
