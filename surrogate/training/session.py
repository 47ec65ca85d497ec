"""What a training works with, made new or read back from its run folder."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from surrogate.datasets.dataset import Dataset
from surrogate.datasets.windows import Windows
from surrogate.datasets.windows import problem as problem_of
from surrogate.environment import environment
from surrogate.errors import SettingsError
from surrogate.files import make_folder, publish_bytes, remove_unfinished
from surrogate.integrity import Digest
from surrogate.predictors import runs
from surrogate.predictors.first_weights import FirstWeights
from surrogate.predictors.surrogate import Surrogate, build
from surrogate.predictors.surrogate_settings import RecordedSettings
from surrogate.spaces import Problem
from surrogate.training import checkpoint, parallel, physics, threads
from surrogate.training.checkpoint import START, Cursor, Saved
from surrogate.training.compiling import compile_operator
from surrogate.training.history import LINES, TABLE, History
from surrogate.training.items import SplitSamples, chosen_samples
from surrogate.training.learner import Learner
from surrogate.training.loading import EXAMPLES, Feed, Place, choose_place, load_samples
from surrogate.training.loss import Criterion, build_loss
from surrogate.training.objective import Objective
from surrogate.training.opening import Claim, clear
from surrogate.training.parallel import Mode
from surrogate.training.survey import check_items, survey
from surrogate.training.tracker import chosen_trackers
from surrogate.training.training_settings import TrainConfig
from surrogate.training.transfer.transfer import Transfer, freeze
from surrogate.training.validation import Validation
from surrogate.training.window_items import (
    WindowItems,
    check,
    rollout_windows,
    training_windows,
    validation_windows,
)


@dataclass(frozen=True)
class Work:
    """What learns, and from what; ``known`` are the training items that have labels, ``origin`` what it began with."""

    learner: Learner
    train: Feed
    known: Feed
    valid: Validation | None
    origin: FirstWeights | None = None


@dataclass(frozen=True)
class Session:
    """What stays the same while a run trains; ``should_stop`` is true in all processes when it is in one."""

    config: TrainConfig
    learner: Learner
    train: Feed
    valid: Validation | None
    history: History | None
    should_stop: Callable[[], bool]

    @property
    def folder(self) -> Path:
        return self.config.out

    @property
    def steps(self) -> int:
        """Optimizer steps in an epoch."""
        return math.ceil(len(self.train) / self.config.trainer.batch_size)


def open_work(
    config: TrainConfig,
    dataset: Dataset,
    device: torch.device,
    fitted: bool,
    tell: Callable[[str], None] = lambda line: None,
) -> Work:
    """Return what a run works with, untrained; ``fitted`` says that its normalisers will be read from its folder.

    ``tell`` is given the lines of what was taken from another run.

    Raises:
        SettingsError: the settings do not fit each other, the data, or the device.
        InputError: the data are damaged, or cannot be learned from.
    """
    problem = problem_of(dataset.spec, config.task, config.time, config)
    mode = parallel.choose_mode(config.trainer.parallel)
    place = choose_place(config.trainer.data_on, dataset, device, parallel.neighbours())
    train, valid = (load_samples(dataset, split, place, device) for split in ("train", "valid"))
    if train is None:
        raise SettingsError(f"data={config.data}: the data set has no training samples")
    parallel.check_batch(config.trainer.batch_size)
    feed = feed_of(config, dataset, train, place, device)
    validation = None if valid is None else _validation(config, dataset, valid, place, device)
    known, items = (replace(feed, items=each) for each in physics.with_labels(config, feed.items, len(train)))
    grade = physics.grading(config, dataset, len(known) / len(items))
    transfer = None if fitted or config.init is None else Transfer(config, problem)
    learner, origin = new_learner(config, problem, known, device, mode, fitted, grade, transfer)
    if validation is not None:
        check_items(validation.items, "valid", config.loss, problem)
    for line in () if origin is None else origin.table():
        tell(line)
    return Work(learner, items, known, validation, origin)


def feed_of(
    config: TrainConfig,
    dataset: Dataset,
    samples: SplitSamples,
    place: Place,
    device: torch.device,
    chosen: Windows | None = None,
) -> Feed:
    """Return windows of ``samples``, which lie at ``place``, on their way to the device; by default those trained on.

    Raises:
        SettingsError: there are no such windows.
    """
    if chosen is None:
        chosen = training_windows(dataset.spec, config.task or dataset.spec.task, config.time)
    dtype = torch.float64 if config.trainer.precision == "float64" else torch.float32
    ahead = place == "disk" or (place == "memory" and device.type == "cuda")
    problem = problem_of(dataset.spec, config.task, config.time, config)
    return Feed(WindowItems(chosen, chosen_samples(samples, dataset.spec, problem)), device, dtype, ahead)


def _validation(
    config: TrainConfig, dataset: Dataset, samples: SplitSamples, place: Place, device: torch.device
) -> Validation:
    task = config.task or dataset.spec.task
    at = (config, dataset, samples, place, device)
    longer = rollout_windows(dataset.spec, task, config.time)
    items = feed_of(*at, validation_windows(dataset.spec, task, config.time))
    return Validation(items, None if longer is None else feed_of(*at, longer))


def new_learner(
    config: TrainConfig,
    problem: Problem,
    feed: Feed,
    device: torch.device,
    mode: Mode,
    fitted: bool,
    grade: Callable[[Criterion], Objective],
    transfer: Transfer | None = None,
) -> tuple[Learner, FirstWeights | None]:
    """Return the learner of a run, untrained; ``fitted`` says that its normalisers will be read from its folder.

    ``grade`` makes of the loss what is minimised; ``transfer`` gives what the run takes from another, which is returned
    in words too.

    Raises:
        SettingsError: the settings do not fit each other, the problem, or the device.
        InputError: the training items cannot be learned from.
    """
    surrogate = build(config, problem).to(device)
    if config.trainer.precision == "float64":
        surrogate.double()
    check(config)
    mean_square = survey(feed, config.loss, surrogate, fitted, None if transfer is None else transfer.normalise)
    origin = None if transfer is None else transfer.begin(surrogate)
    freeze(surrogate, config.freeze)
    if not fitted:
        _try(surrogate, feed, config)
        if surrogate.held is not None:
            physics.check_walls(surrogate.held, problem, feed.spread(EXAMPLES))
    objective = grade(build_loss(config.loss, problem, mean_square))
    return Learner(surrogate, objective, config.optimizer, config.trainer, mode), origin


def open_session(
    config: TrainConfig,
    dataset: Dataset,
    device: torch.device,
    claim: Claim,
    should_stop: Callable[[], bool],
    tell: Callable[[str], None],
    fresh: bool,
) -> tuple[Session, Cursor]:
    """Return the session and where it stands; a ``fresh`` one gets its folder when everything has proved to fit."""
    state = None if fresh else checkpoint.read_state(config.out)
    chosen_trackers(config.trainer.trackers)
    threads.take(config, None if state is None else runs.read_record(config.out))
    work = open_work(config, dataset, device, fitted=state is not None, tell=tell)
    learner = work.learner
    items = torch.arange(min(config.trainer.batch_size, len(work.train)))
    first = parallel.shares(items, config.trainer.accumulate)[0]
    # Before it is compiled, which is for so many threads.
    if state is None and (line := threads.choose(config, learner, work.train.batch(first.indices))):
        tell(line)
    if config.trainer.compile:
        tell(compile_operator(learner, work.train.batch(first.indices)))
    # Nobody writes before all have looked.
    parallel.barrier()
    if state is None:
        cursor = START
        _begin(config, dataset, work, claim)
    else:
        cursor = restored(config.out, learner, state.current)
        if parallel.leads():
            remove_unfinished(config.out)
            checkpoint.prune(config.out)
            # The data may have moved since, and a run whose time was up may have been given more.
            record = runs.read_record(config.out)
            files = {name: digest for name, digest in (record.files or {}).items() if name not in (LINES, TABLE)}
            changed = {"settings": RecordedSettings.of(config), "status": "running", "failure": None}
            changed["files"] = files or None
            runs.save_record(config.out, record.model_copy(update=changed))
    history = History(config.out, cursor.history_bytes, config.trainer.trackers, tell) if parallel.leads() else None
    return Session(config, learner, work.train, work.valid, history, should_stop), cursor


def _begin(config: TrainConfig, dataset: Dataset, work: Work, claim: Claim) -> None:
    learner = work.learner
    record = runs.RunRecord(
        version=1,
        status="running",
        problem=learner.surrogate.problem,
        settings=RecordedSettings.of(config),
        data=runs.DataRecord(name=dataset.name, hash=dataset.hash),
        parameters=sum(parameter.numel() for parameter in learner.parameters),
        metrics={},
        seconds=0.0,
        environment=environment(learner.device),
        guard=learner.surrogate.guard,
        origin=work.origin,
    )
    tensors = learner.tensors()
    if parallel.leads():
        make_folder(config.out)
        claim.take()
        clear(config.out)
        remove_unfinished(config.out)
        examples = runs.example_bytes(_examples(work.valid.items if work.valid else work.known, learner))
        runs.save_record(config.out, record.model_copy(update={"files": {runs.EXAMPLES: Digest.of(examples)}}))
        publish_bytes(config.out / runs.EXAMPLES, examples)
        checkpoint.commit(config.out, START, tensors)
    parallel.barrier()


def _examples(feed: Feed, learner: Learner) -> tuple[Tensor, Tensor]:
    """Return some items, as one application of the surrogate takes them."""
    inputs, outputs = feed.spread(EXAMPLES)
    return inputs.float(), outputs[:, : len(learner.surrogate.problem.target.fields)].float()


def _try(surrogate: Surrogate, feed: Feed, config: TrainConfig) -> None:
    """Apply the surrogate once, so that a model that cannot take this grid says so before there is a folder."""
    try:
        with torch.no_grad():
            surrogate(feed.batch(torch.tensor([0]))[0])
    except ValueError as error:
        domain = surrogate.problem.target.domain
        where = f"on a {domain.kind} of {' x '.join(str(number) for number in domain.points)} points"
        raise SettingsError(f"model={config.model.name}: {where}: {error}") from None


def restored(folder: Path, learner: Learner, saved: Saved) -> Cursor:
    """Put the learner back to a saved state of the run in ``folder`` and return where that stands.

    Raises:
        InputError: the state is damaged.
    """
    learner.restore(checkpoint.read_saved(folder, saved), folder / saved.file)
    cursor = saved.cursor
    if "valid_mse" in cursor.best:  # an earlier version selected by it in the unit of the data, now it is relative
        cursor = cursor.model_copy(update={"best_value": None})
    if learner.scaler.is_enabled() and cursor.scaler:
        learner.scaler.load_state_dict(cursor.scaler)
    # A state is committed before the weights that it calls best are: a kill between the two is mended here.
    if cursor.is_best:
        save_weights(folder, learner)
    return cursor


def save_weights(folder: Path, learner: Learner) -> None:
    """Write the weights that are evaluated as those of the run; all processes must ask, the first one writes."""
    tensors = learner.weights()
    if parallel.leads():
        runs.store(folder, runs.WEIGHTS, tensors)
