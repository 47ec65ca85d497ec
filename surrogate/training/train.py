"""A whole training run in its folder, epoch by epoch, resumed where one stands: the loop tells, the command shows."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import torch

from surrogate import runs
from surrogate.config.schema import TrainConfig
from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.environment import choose_device, environment
from surrogate.errors import SettingsError, Stopped
from surrogate.files import make_folder, remove_unfinished
from surrogate.physical import Surrogate, build
from surrogate.training import checkpoint, symmetries
from surrogate.training.checkpoint import Cursor
from surrogate.training.history import Epoch, History
from surrogate.training.learner import Learner
from surrogate.training.losses import build_loss
from surrogate.training.opening import existing_run
from surrogate.training.samples import Samples, load_samples, order
from surrogate.training.schedules import factor
from surrogate.training.validation import validate

# A gradient that is not finite is skipped so many times in a row; then the epoch begins again, once, at half the rate.
SKIPS = 3
ROLLBACKS = 1

START = Cursor(
    epoch=0,
    step=0,
    loss_sum=0.0,
    loss_count=0,
    skipped=0,
    rollbacks=0,
    best_epoch=0,
    best_value=None,
    best={},
    history_bytes=0,
    seconds=0.0,
    scaler={},
)


class Diverged(Exception):
    """The numbers are no longer finite; never leaves this module."""


@dataclass(frozen=True)
class Session:
    """What stays the same while a run trains."""

    config: TrainConfig
    learner: Learner
    train: Samples
    valid: Samples | None
    history: History
    should_stop: Callable[[], bool]

    @property
    def folder(self) -> Path:
        return self.config.out

    @property
    def steps(self) -> int:
        """Optimizer steps in an epoch."""
        return math.ceil(len(self.train) / self.config.trainer.batch_size)


def train(config: TrainConfig, should_stop: Callable[[], bool]) -> Iterator[Epoch]:
    """Train one surrogate in ``config.out`` and yield each epoch as it is done and safe on the disk.

    The same settings on the same folder go on where a run stopped or was killed, bit for bit on a CPU as if it had
    not been; a finished run yields nothing. What is kept as the run's weights is the epoch with the lowest
    validation loss (training loss, where the data set has no validation samples).

    Args:
        config: the settings.
        should_stop: asked before every optimizer step and validation batch.

    Raises:
        SettingsError: the settings do not fit the data or the device, the folder holds something else, or the
            numbers diverged twice.
        InputError: the data set or the run on disk is damaged.
        StorageError: the disk refused.
        Stopped: ``should_stop`` said so; the state is on the disk.
    """
    device = choose_device(config.trainer.device)
    dataset = open_dataset(config.data)
    record = existing_run(config, dataset)
    if record is not None and record.status == "finished":
        return
    with _determinism(config.trainer.deterministic):
        session, cursor = _open(config, dataset, device, should_stop)
        try:
            while not _done(config, cursor):
                try:
                    cursor, epoch = _epoch(session, cursor)
                except Diverged as error:
                    cursor = _rolled_back(session, cursor, str(error))
                    continue
                yield epoch
        finally:
            session.history.close()
        _finish(config.out, cursor)


def read_train_config(folder: Path) -> TrainConfig:
    """Return the settings with which the run in ``folder`` was started, so that it can be resumed.

    Raises:
        InputError: it is no run.
    """
    return runs.read_record(folder).settings


def _open(
    config: TrainConfig, dataset: Dataset, device: torch.device, should_stop: Callable[[], bool]
) -> tuple[Session, Cursor]:
    """Return the session and where it stands; makes the folder when everything has proved to fit."""
    problem = dataset.spec.problem(config.task)
    surrogate = build(config, problem).to(device)
    if config.trainer.augment:
        symmetries.check(problem)
    samples = load_samples(dataset, "train", problem.task, device)
    valid = load_samples(dataset, "valid", problem.task, device)
    if samples is None:
        raise SettingsError(f"data={config.data}: the data set has no training samples")
    loss = build_loss(config.loss.name, problem, samples.outputs)
    state = checkpoint.read_state(config.out)
    if state is None:
        surrogate.fit(samples.inputs, samples.outputs)
        _try(surrogate, samples, config)
    learner = Learner(surrogate, loss, config.optimizer, config.trainer)
    if state is None:
        cursor = START
        _begin(config, dataset, learner, (valid or samples).examples())
    else:
        cursor = _restored(config.out, learner, state.current)
        remove_unfinished(config.out)
        checkpoint.prune(config.out)
        # The data may have moved since.
        runs.save_record(config.out, runs.read_record(config.out).model_copy(update={"settings": config}))
    session = Session(config, learner, samples, valid, History(config.out, cursor.history_bytes), should_stop)
    return session, cursor


def _begin(
    config: TrainConfig, dataset: Dataset, learner: Learner, examples: tuple[torch.Tensor, torch.Tensor]
) -> None:
    record = runs.RunRecord(
        version=1,
        status="running",
        problem=learner.surrogate.problem,
        settings=config,
        data=runs.DataRecord(name=dataset.name, hash=dataset.hash),
        parameters=sum(parameter.numel() for parameter in learner.parameters),
        metrics={},
        seconds=0.0,
        environment=environment(learner.device),
    )
    make_folder(config.out)
    remove_unfinished(config.out)
    runs.save_record(config.out, record)
    runs.save_examples(config.out, examples)
    checkpoint.commit(config.out, START, learner.tensors())


def _try(surrogate: Surrogate, samples: Samples, config: TrainConfig) -> None:
    """Apply the surrogate once, so that a model that cannot take this grid says so before there is a folder."""
    try:
        with torch.no_grad():
            surrogate(samples.inputs[:1])
    except ValueError as error:
        raise SettingsError(f"model={config.model.name}: {error}") from None


def _restored(folder: Path, learner: Learner, saved: checkpoint.Saved) -> Cursor:
    learner.restore(checkpoint.read_saved(folder, saved), folder / saved.file)
    cursor = saved.cursor
    if learner.scaler.is_enabled() and cursor.scaler:
        learner.scaler.load_state_dict(cursor.scaler)
    # A state is committed before the weights that it calls best are: a kill between the two is mended here.
    if cursor.best_epoch == cursor.epoch > 0 and cursor.step == 0:
        runs.save_weights(folder, learner.evaluated)
    return cursor


def _epoch(session: Session, cursor: Cursor) -> tuple[Cursor, Epoch]:
    """Finish the epoch that ``cursor`` stands in, commit it, and return where the run stands then.

    Raises:
        Diverged: too many gradients in a row, a weight or a validation value were not finite.
        Stopped: the state is committed.
    """
    config, learner = session.config, session.learner
    started, before = time.perf_counter(), cursor
    taken = order(config.seed, cursor.epoch, len(session.train)).to(learner.device).split(config.trainer.batch_size)
    for chosen in taken[cursor.step :]:
        if session.should_stop():
            _stop(session, cursor, started)
        value = learner.step(*_batch(session, cursor, chosen), _rate(session, cursor))
        cursor = _stepped(cursor, value, len(chosen), learner.calibrating)
    trained = time.perf_counter() - started
    train_loss = cursor.loss_sum / max(cursor.loss_count, 1)
    if cursor.loss_count == 0:
        raise Diverged("no step had a finite gradient")
    if not learner.is_finite():
        raise Diverged("a weight is not finite")
    valid: dict[str, float] = {}
    if session.valid is not None:
        found = validate(learner.evaluated, session.valid, config, session.should_stop)
        if found is None:
            _stop(session, cursor, started)
        valid = found
    value = valid.get(config.loss.name, train_loss)
    if not math.isfinite(value):
        raise Diverged("the validation loss is not finite")
    seconds = time.perf_counter() - started
    epoch = Epoch(
        number=cursor.epoch + 1,
        epochs=config.trainer.epochs,
        train_loss=train_loss,
        valid=valid,
        learning_rate=_rate(session, cursor.model_copy(update={"step": session.steps - 1})),
        seconds=seconds,
        samples_per_second=(cursor.loss_count - before.loss_count) / max(trained, 1e-9),
        best=cursor.best_value is None or value < cursor.best_value,
    )
    return _committed(session, cursor, epoch, value), epoch


def _batch(session: Session, cursor: Cursor, chosen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    inputs, outputs = session.train.inputs[chosen], session.train.outputs[chosen]
    problem = session.learner.surrogate.problem
    if not (session.config.trainer.augment and problem.symmetries):
        return inputs, outputs
    turn = symmetries.drawn(problem, session.config.seed, cursor.epoch, cursor.step)
    return turn(inputs, problem), turn(outputs, problem)


def _stepped(cursor: Cursor, value: float | None, count: int, calibrating: bool) -> Cursor:
    if value is None:
        skipped = cursor.skipped + (not calibrating)
        if skipped > SKIPS:
            raise Diverged(f"{skipped} gradients in a row were not finite")
        return cursor.model_copy(update={"step": cursor.step + 1, "skipped": skipped})
    totals = {"loss_sum": cursor.loss_sum + value * count, "loss_count": cursor.loss_count + count}
    return cursor.model_copy(update={"step": cursor.step + 1, "skipped": 0, **totals})


def _committed(session: Session, cursor: Cursor, epoch: Epoch, value: float) -> Cursor:
    """Write the epoch to the history, its state and, when it is the best, its weights; in this order."""
    learner = session.learner
    figures = {f"valid_{name}": number for name, number in epoch.valid.items() if math.isfinite(number)}
    better = {
        "best_epoch": epoch.number,
        "best_value": value,
        "best": {"train_loss": epoch.train_loss, **figures},
    }
    cursor = cursor.model_copy(
        update={
            "epoch": epoch.number,
            "step": 0,
            "loss_sum": 0.0,
            "loss_count": 0,
            "history_bytes": session.history.append(epoch),
            "seconds": cursor.seconds + epoch.seconds,
            "scaler": learner.scaler.state_dict(),
            **(better if epoch.best else {}),
        }
    )
    checkpoint.commit(session.folder, cursor, learner.tensors())
    if epoch.best:
        runs.save_weights(session.folder, learner.evaluated)
    return cursor


def _stop(session: Session, cursor: Cursor, started: float) -> NoReturn:
    """Commit the state in the middle of an epoch and say so."""
    if not session.learner.is_finite():
        raise Diverged("a weight is not finite")
    seconds = cursor.seconds + time.perf_counter() - started
    cursor = cursor.model_copy(update={"seconds": seconds, "scaler": session.learner.scaler.state_dict()})
    checkpoint.commit(session.folder, cursor, session.learner.tensors())
    where = f"epoch {cursor.epoch + 1}, step {cursor.step} of {session.steps}"
    raise Stopped(f"{session.folder}: stopped in {where}; the same command goes on from there")


def _rolled_back(session: Session, cursor: Cursor, why: str) -> Cursor:
    state = checkpoint.read_state(session.folder)
    if state is None or cursor.rollbacks >= ROLLBACKS:
        advice = "lower optimizer.lr or set trainer.grad_clip"
        raise SettingsError(f"{session.folder}: training diverged in epoch {cursor.epoch + 1}: {why}; {advice}")
    start = _restored(session.folder, session.learner, state.epoch_start)
    return start.model_copy(update={"rollbacks": cursor.rollbacks + 1, "seconds": cursor.seconds})


def _rate(session: Session, cursor: Cursor) -> float:
    config = session.config
    step = cursor.epoch * session.steps + cursor.step
    scale = factor(config.schedule, step, session.steps, config.trainer.epochs)
    return float(config.optimizer.lr * scale * 0.5**cursor.rollbacks)


def _done(config: TrainConfig, cursor: Cursor) -> bool:
    trainer = config.trainer
    late = trainer.max_seconds is not None and cursor.seconds >= trainer.max_seconds
    stale = trainer.early_stop is not None and cursor.epoch - cursor.best_epoch >= trainer.early_stop
    return cursor.epoch >= trainer.epochs or (late and cursor.epoch > 0) or stale


def _finish(folder: Path, cursor: Cursor) -> None:
    metrics = {**cursor.best, "best_epoch": float(cursor.best_epoch), "epochs": float(cursor.epoch)}
    update = {"status": "finished", "metrics": metrics, "seconds": cursor.seconds}
    runs.save_record(folder, runs.read_record(folder).model_copy(update=update))


@contextmanager
def _determinism(wanted: bool) -> Iterator[None]:
    """Hold torch to algorithms that give the same bits every time, for as long as this runs."""
    if not wanted:
        yield
        return
    before = torch.are_deterministic_algorithms_enabled()
    # cuBLAS reads this when it is first used.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
