"""A study in its SQLite file: which values come next, what became of them, and which settings mattered. Optuna's."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from surrogate.errors import InputError, SettingsError, StorageError
from surrogate.tuning.study_record import DATABASE
from surrogate.tuning.trial import Trial
from surrogate.tuning.tuning_settings import Choices, Dimension, HyperbandPruner, MedianPruner, TuneConfig

if TYPE_CHECKING:
    from optuna import Study as OptunaStudy
    from optuna.distributions import BaseDistribution
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial

_NAME = "surrogate"
# So often may a process end within a trial without a word, as one does that the system kills for want of memory.
_DEATHS = 3
_STATES = {"COMPLETE": "finished", "PRUNED": "pruned", "FAIL": "failed", "RUNNING": "unfinished"}


class Study:
    """The trials of the study in a folder, where its database is made if there is none.

    Each draw depends on the seed, the number of the trial and the trials before alone: a study that was interrupted
    goes on as if it had not been.

    Raises:
        SettingsError: Optuna is not installed.
        InputError: the database is no study of this version of Optuna, or damaged.
        StorageError: the disk refused.
    """

    def __init__(self, folder: Path, config: TuneConfig) -> None:
        require_optuna()
        import optuna
        from sqlalchemy import URL
        from sqlalchemy.exc import DatabaseError, OperationalError

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.config, self.path = config, folder / DATABASE
        # Optuna fills in what stands in braces.
        url = str(URL.create("sqlite", database=str(self.path))).replace("{", "{{").replace("}", "}}")
        try:
            storage = optuna.storages.RDBStorage(url)
            self._study: OptunaStudy = optuna.create_study(
                storage=storage, study_name=_NAME, load_if_exists=True, pruner=_pruner(config)
            )
            self._storage = self._study._storage
        except OperationalError as error:
            raise StorageError(f"{self.path}: {error.orig}") from None
        except (DatabaseError, RuntimeError) as error:
            raise InputError(f"{self.path}: no study of this version of Optuna, or damaged: {error}") from None

    def trials(self) -> tuple[Trial, ...]:
        """Return all trials in order."""
        return tuple(self._trial(each) for each in self._study.get_trials(deepcopy=False))

    def next(self) -> Trial:
        """Return the trial that is under way, or a new one."""
        known = self._study.get_trials(deepcopy=False)
        under_way = next((each for each in known if each.state.name == "RUNNING"), None)
        if under_way is None:
            number = len(known)
            seed = int(np.random.SeedSequence([self.config.seed, number]).generate_state(1)[0])
            self._study.sampler = _sampler(self.config, seed)
            distributions = {key: _distribution(one) for key, one in self.config.search.items()}
            number = self._study.ask(distributions).number
            under_way = self._study.get_trials(deepcopy=False)[number]
        return self._trial(under_way)

    def begin(self, trial: Trial) -> bool:
        """Note that a process works on a trial; False where too many have died over it already."""
        deaths = self._noted(trial).get("begun", 0)
        self.note(trial, begun=deaths + 1)
        return deaths < _DEATHS

    def rest(self, trial: Trial) -> None:
        """Note that the process left a trial in order, to go on with it later."""
        self.note(trial, begun=max(0, self._noted(trial).get("begun", 1) - 1))

    def note(self, trial: Trial, **facts: float | str | None) -> None:
        """Keep facts about a trial."""
        for name, value in facts.items():
            self._storage.set_trial_user_attr(self._id(trial), name, value)

    def report(self, trial: Trial, epoch: int, error: float) -> None:
        """Take the error of a trial in an epoch."""
        self._storage.set_trial_intermediate_value(self._id(trial), epoch, error)

    def hopeless(self, trial: Trial) -> bool:
        """Return whether the pruner ends a trial by what was reported of it."""
        frozen = self._study.get_trials(deepcopy=False)[trial.number]
        return bool(frozen.intermediate_values) and self._study.pruner.prune(self._study, frozen)

    def finish(self, trial: Trial, error: float) -> None:
        """End a trial whose training is finished."""
        self._study.tell(trial.number, error)

    def prune(self, trial: Trial) -> None:
        """End a trial that has no prospects."""
        from optuna.trial import TrialState

        self._study.tell(trial.number, state=TrialState.PRUNED)

    def fail(self, trial: Trial, reason: str) -> None:
        """End a trial whose training cannot be, and say why."""
        from optuna.trial import TrialState

        self.note(trial, reason=reason)
        self._study.tell(trial.number, state=TrialState.FAIL)

    def importances(self) -> Mapping[str, float]:
        """Return how much each setting tells the better half of the trials, as shares; empty for too few trials."""
        import optuna

        complete = [each for each in self._study.get_trials(deepcopy=False) if each.state.name == "COMPLETE"]
        known = [each for each in complete if "repeats" not in each.user_attrs]
        if len(known) < 4 or len({each.value for each in known}) < 2:
            return {}
        # Of some twenty trials the best tenth, which is Optuna's own choice, would be two.
        halves = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=0.5)
        trained = optuna.create_study()
        trained.add_trials(known)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that many errors are equal
            return dict(optuna.importance.get_param_importances(trained, evaluator=halves))

    def repeat(self, trial: Trial) -> bool:
        """Return whether an earlier trial with the same values has ended; then this one came to the same."""
        ended = [one for one in self.trials()[: trial.number] if one.state != "unfinished" and one.repeats is None]
        twin = next((one for one in ended if dict(one.values) == dict(trial.values)), None)
        if twin is None:
            return False
        self.note(trial, repeats=twin.number, parameters=twin.parameters)
        if twin.state == "finished" and twin.error is not None:
            self.finish(trial, twin.error)
        elif twin.state == "pruned":
            self.prune(trial)
        else:
            self.fail(trial, twin.reason)
        return True

    def close(self) -> None:
        """Leave the database."""
        self._storage.remove_session()

    def _id(self, trial: Trial) -> int:
        return self._study.get_trials(deepcopy=False)[trial.number]._trial_id

    def _noted(self, trial: Trial) -> Mapping[str, Any]:
        return self._study.get_trials(deepcopy=False)[trial.number].user_attrs

    def _trial(self, frozen: FrozenTrial) -> Trial:
        curve, noted = dict(sorted(frozen.intermediate_values.items())), frozen.user_attrs
        state = _STATES[frozen.state.name]
        error = frozen.value if state == "finished" else min(curve.values(), default=None)
        return Trial(
            number=frozen.number,
            state=state,  # type: ignore[arg-type]
            values={key: _word(frozen.params[key]) for key in self.config.search if key in frozen.params},
            error=error,
            curve=curve,
            seconds=float(noted.get("seconds", 0.0)),
            parameters=noted.get("parameters"),
            reason=str(noted.get("reason", "")),
            repeats=noted.get("repeats"),
        )


def require_optuna() -> None:
    """Refuse a search where what it is made by is missing.

    Raises:
        SettingsError: it is.
    """
    try:
        import optuna  # noqa: F401
    except ImportError:
        raise SettingsError("tune needs the package optuna: pip install 'surrogate[tune]'") from None


def _distribution(one: Dimension) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(one, Choices):
        return CategoricalDistribution(one.values)
    if one.whole:
        return IntDistribution(int(one.low), int(one.high), log=one.log, step=one.step)
    return FloatDistribution(one.low, one.high, log=one.log)


def _sampler(config: TuneConfig, seed: int) -> BaseSampler:
    from optuna.samplers import RandomSampler, TPESampler

    if config.method == "random":
        return RandomSampler(seed=seed)
    return TPESampler(seed=seed, n_startup_trials=config.startup)


def _pruner(config: TuneConfig) -> BasePruner:
    from optuna import pruners

    match config.pruner:
        case MedianPruner(startup=startup, warmup=warmup):
            return pruners.MedianPruner(n_startup_trials=startup, n_warmup_steps=round(warmup * config.epochs))
        case HyperbandPruner(least=least, factor=factor):
            first = max(1, round(least * config.epochs))
            return pruners.HyperbandPruner(min_resource=first, max_resource=config.epochs, reduction_factor=factor)
        case _:
            return pruners.NopPruner()


def _word(value: object) -> str:
    """Return a value that was drawn as it stands behind the equal sign of a word."""
    return value if isinstance(value, str) else repr(value)
