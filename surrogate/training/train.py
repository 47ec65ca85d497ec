"""A whole training run in its folder, epoch by epoch, resumed where one stands: the loop tells, the command shows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from surrogate import cores
from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.windows import one_step
from surrogate.errors import InputError, SettingsError
from surrogate.integrity import Digest
from surrogate.predictors import runs
from surrogate.predictors.surrogate_settings import RecordedSettings
from surrogate.reading import read_bytes
from surrogate.spaces import Split
from surrogate.training import checkpoint, parallel
from surrogate.training.checkpoint import Cursor
from surrogate.training.epoch import Diverged, run_epoch
from surrogate.training.history import LINES, TABLE, Epoch
from surrogate.training.items import Batch, chosen_samples
from surrogate.training.loading import Feed, load_samples
from surrogate.training.off_grid import learn_refinement, refinement_of
from surrogate.training.opening import Claim, check_certificate, claimed, existing_run, placed, settings_of
from surrogate.training.physics import floor
from surrogate.training.session import Session, open_session, restored
from surrogate.training.training_settings import TrainConfig
from surrogate.training.window_items import WindowItems, training_windows

# How often an epoch whose numbers diverge begins again, at half the rate, before the run is given up.
ROLLBACKS = 1


def train(
    config: TrainConfig, should_stop: Callable[[], bool], tell: Callable[[str], None] = lambda line: None
) -> Iterator[Epoch]:
    """Train one surrogate in ``config.out`` and yield each epoch as it is done and safe on the disk.

    The same settings on the same folder go on where a run stopped or was killed, bit for bit on a CPU as if it had
    not been; a finished run yields nothing, unless it finished for want of time and ``trainer.max_seconds`` now gives
    more, or was extended (:mod:`surrogate.training.extension`). What is kept as the run's weights is the epoch with the
    lowest validation loss (training loss, where the data set has no validation samples).

    Args:
        config: the settings.
        should_stop: asked before every optimizer step and validation batch.
        tell: given lines worth knowing that are no epoch.

    Raises:
        SettingsError: the settings do not fit the data or the device, the folder holds something else, or the
            numbers diverged twice.
        InputError: the data set or the run on disk is damaged.
        StorageError: the disk refused.
        Stopped: ``should_stop`` said so; the state is on the disk.
    """
    parallel.choose_mode(config.trainer.parallel)
    config = placed(config)
    device = parallel.own_device(config.trainer.device)
    with parallel.joined(device), _settled(config.trainer.deterministic), _claimed(config.out) as claim:
        dataset = open_dataset(config.data, config.trainer.samples)
        record = existing_run(config, dataset)
        if record is not None and record.status == "finished" and _has_ended(config):
            if record.settings.data != config.data and parallel.leads():  # the data have moved since
                runs.save_record(config.out, record.model_copy(update={"settings": RecordedSettings.of(config)}))
            return
        check_certificate(config, dataset)
        session, cursor = open_session(
            config, dataset, device, claim, lambda: parallel.anywhere(should_stop()), tell, record is None
        )
        if config.physics.weight and parallel.leads():
            tell(floor(dataset, session.learner.surrogate.problem.task))
        try:
            while not _done(config, cursor):
                try:
                    cursor, epoch = run_epoch(session, cursor)
                except Diverged as error:
                    cursor = _rolled_back(session, cursor, error)
                    continue
                yield epoch
        finally:
            if session.history is not None:
                session.history.close()
        if parallel.leads():
            refined = _refined(session, dataset, should_stop)
            if cursor.step:
                where = f"epoch {cursor.epoch + 1}, step {cursor.step} of {session.steps}"
                tell(f"trainer.max_seconds={config.trainer.max_seconds}: time was up in {where}; with more it goes on")
            _finish(config.out, cursor, session.steps, refined)


@contextmanager
def _claimed(folder: Path) -> Iterator[Claim]:
    """Give the claim on the folder of the run; the process that writes takes it, for all that train with it."""
    if not parallel.leads():
        yield Claim(folder)
        return
    with claimed(folder) as claim:
        yield claim


def read_train_config(folder: Path) -> TrainConfig:
    """Return the settings with which the run in ``folder`` was started, so that it can be resumed.

    Raises:
        InputError: it is no run, or its settings are none of a training.
    """
    return settings_of(runs.read_record(folder), folder)


def _rolled_back(session: Session, cursor: Cursor, why: Diverged) -> Cursor:
    if not why.stepped:
        raise InputError(
            f"{session.folder}: training cannot begin: {why}, though no step was taken; {_suspect(session)}"
        )
    state = checkpoint.read_state(session.folder)
    if state is None or cursor.rollbacks >= ROLLBACKS:
        if parallel.leads():
            failure = f"diverged in epoch {cursor.epoch + 1}: {why}"
            record = runs.read_record(session.folder)
            runs.save_record(session.folder, record.model_copy(update={"failure": failure}))
        advice = "lower optimizer.lr" + ("" if session.config.trainer.grad_clip else " or set trainer.grad_clip")
        raise SettingsError(f"{session.folder}: training diverged in epoch {cursor.epoch + 1}: {why}; {advice}")
    start = restored(session.folder, session.learner, state.epoch_start)
    return start.model_copy(update={"rollbacks": cursor.rollbacks + 1, "seconds": cursor.seconds})


def _suspect(session: Session) -> str:
    """Return what to look at where the first gradients of all are not finite: there the learning rate has no part."""
    surrogate, precision = session.learner.surrogate, session.config.trainer.precision
    ends = zip(surrogate.problem.channels, surrogate.input_low.tolist(), surrogate.input_high.tolist(), strict=True)
    inputs = ", ".join(f"{field.name} from {low:.3g} to {high:.3g}" for field, low, high in ends)
    lower = f"trainer.precision={precision} holds less than float32; else " if precision.endswith("16") else ""
    return f"{lower}look for values far from the others in the data ({inputs})"


def _done(config: TrainConfig, cursor: Cursor) -> bool:
    trainer = config.trainer
    late = trainer.max_seconds is not None and cursor.seconds >= trainer.max_seconds and cursor.best_epoch > 0
    stale = trainer.early_stop is not None and cursor.epoch - cursor.best_epoch >= trainer.early_stop
    return cursor.epoch >= trainer.epochs or late or stale


def _has_ended(config: TrainConfig) -> bool:
    """Return whether a finished run has nothing left to do: one whose time was up may have more of it now."""
    state = checkpoint.read_state(config.out)
    return state is None or _done(config, state.current.cursor)


def _refined(session: Session, dataset: Dataset, should_stop: Callable[[], bool]) -> dict[str, float]:
    """Let the best surrogate learn what the settings want of other grids, and save it; return what that gave."""
    config, device = session.config, session.learner.device
    surrogate = runs.load_run(config.out, device).surrogate
    if refinement_of(surrogate) is None:
        return {}

    def pairs(split: Split) -> Batch | None:
        samples = load_samples(dataset, split, "disk", device)
        if samples is None:
            return None
        problem = surrogate.problem
        chosen = training_windows(dataset.spec, problem.task, one_step(problem))
        items = WindowItems(chosen, chosen_samples(samples, dataset.spec, problem))
        return Feed(items, device, torch.float32, ahead=False).spread(config.off_grid.samples)

    train, valid = pairs("train"), pairs("valid")
    if train is None:
        return {}
    errors = learn_refinement(config, surrogate, train, valid, should_stop)
    runs.store(config.out, runs.WEIGHTS, surrogate.state_dict())
    return errors


def _finish(folder: Path, cursor: Cursor, steps: int, refined: dict[str, float]) -> None:
    epochs = cursor.epoch + cursor.step / steps
    metrics = {**cursor.best, **refined, "best_epoch": float(cursor.best_epoch), "epochs": epochs}
    record = runs.read_record(folder)
    files = {name: digest.model_copy(update={"former": None}) for name, digest in (record.files or {}).items()}
    files |= {name: Digest.of(read_bytes(folder / name)) for name in (LINES, TABLE) if (folder / name).is_file()}
    update = {"status": "finished", "metrics": metrics, "seconds": cursor.seconds, "files": files}
    runs.save_record(folder, record.model_copy(update=update))


@contextmanager
def _settled(deterministic: bool) -> Iterator[None]:
    """Put back the number of threads in the end; hold torch to algorithms that give the same bits, where wanted."""
    with cores.restored_afterwards(), _determinism(deterministic):
        yield


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
