"""One epoch: its steps, its validation, and the state on the disk when it is done."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import NoReturn

from surrogate.errors import Stopped
from surrogate.training import checkpoint, parallel, peak_memory
from surrogate.training.checkpoint import Cursor
from surrogate.training.history import Epoch
from surrogate.training.items import Batch, order
from surrogate.training.loss import selecting
from surrogate.training.schedule import Moment, factor
from surrogate.training.session import Session, save_weights
from surrogate.training.symmetry import drawn
from surrogate.training.validation import validate
from surrogate.training.window_items import frames_learned, noisy

# Gradients in a row that may fail to be finite: each costs its step. One more, and the numbers have diverged.
SKIPS = 3


class Diverged(Exception):
    """The numbers are no longer finite; the caller goes back to the beginning of the epoch, or gives up.

    ``stepped`` says whether any step had been taken: if not, the learning rate is not to blame.
    """

    def __init__(self, why: str, stepped: bool = True) -> None:
        super().__init__(why)
        self.stepped = stepped


def run_epoch(session: Session, cursor: Cursor) -> tuple[Cursor, Epoch]:
    """Finish the epoch that ``cursor`` stands in, commit it, and return where the run stands then.

    Where the time of the training is up, the epoch ends with the step that is under way: the cursor stands behind it.

    Raises:
        Diverged: too many gradients in a row, a weight or a validation value were not finite.
        Stopped: the state is committed.
    """
    config, learner = session.config, session.learner
    started, before = time.perf_counter(), cursor
    peak_memory.forget_peak(learner.device)
    cursor = _trained(session, cursor, started)
    trained = time.perf_counter() - started
    train_loss = cursor.loss_sum / max(cursor.loss_count, 1)
    if cursor.loss_count == 0:
        raise Diverged("no step had a finite gradient", stepped=cursor.epoch > 0 or learner.calibrating)
    if not learner.is_finite():
        raise Diverged("a weight is not finite")
    valid: dict[str, float] = {}
    if session.valid is not None:
        figures = validate(learner.evaluated, session.valid, config, session.should_stop)
        if figures is None:
            _stop(session, cursor, started)
        valid = figures
    value = valid.get(selecting(config.loss), train_loss)
    if not math.isfinite(value):
        raise Diverged("the validation loss is not finite")
    epoch = Epoch(
        number=cursor.epoch + 1,
        epochs=config.trainer.epochs,
        train_loss=train_loss,
        valid=valid,
        learning_rate=rate(session, cursor.model_copy(update={"step": cursor.step - 1})),
        seconds=parallel.first(time.perf_counter() - started),
        samples_per_second=(cursor.loss_count - before.loss_count) / max(trained, 1e-9),
        seconds_per_step=trained / max(cursor.step - before.step, 1),
        peak_bytes=peak_memory.peak(learner.device),
        best=cursor.best_value is None or value < cursor.best_value,
    )
    return _committed(session, cursor, epoch, value), epoch


def _trained(session: Session, cursor: Cursor, started: float) -> Cursor:
    """Take the steps that are left of the epoch, or of its time, and return where the run stands behind the last."""
    config, learner = session.config, session.learner
    taken = order(config.seed, cursor.epoch, len(session.train)).split(config.trainer.batch_size)[cursor.step :]
    shares = [parallel.shares(chosen, config.trainer.accumulate) for chosen in taken]
    batches = session.train.batches(share.indices for parts in shares for share in parts)
    try:
        for chosen, parts in zip(taken, shares, strict=True):
            if session.should_stop():
                _stop(session, cursor, started)
            weights = [part.weight for part in parts]
            turned = _turned(session, cursor, _disturbed(session, cursor, parts, batches))
            value = learner.step(turned, weights, rate(session, cursor))
            cursor = _stepped(cursor, value, len(chosen), learner.calibrating)
            if cursor.loss_count and _late(session, cursor, started):
                break
    finally:
        batches.close()
    return cursor


def _late(session: Session, cursor: Cursor, started: float) -> bool:
    """Return whether the time of the training is up; the same answer in all processes."""
    most = session.config.trainer.max_seconds
    return most is not None and parallel.anywhere(cursor.seconds + time.perf_counter() - started >= most)


def _disturbed(
    session: Session, cursor: Cursor, parts: list[parallel.Share], batches: Iterator[Batch]
) -> Iterator[Batch]:
    """Return the batches of one step as they come, noise on the frames that go in, cut to the frames to be learned."""
    config, surrogate = session.config, session.learner.surrogate
    frames = frames_learned(config.time, cursor.epoch, config.trainer.epochs)
    wanted = frames * len(surrogate.problem.target.fields)
    for part in parts:
        inputs, outputs = next(batches)
        yield noisy(inputs, surrogate, config.time, config.seed, cursor.epoch, part.indices), outputs[:, :wanted]


def _turned(session: Session, cursor: Cursor, batches: Iterator[Batch]) -> Iterator[Batch]:
    """Return the batches of one step as they come, seen in the symmetry of that step."""
    problem = session.learner.surrogate.problem
    if not (session.config.trainer.augment and problem.symmetries):
        return batches
    turn = drawn(problem, session.config.seed, cursor.epoch, cursor.step)
    return ((turn(inputs, problem), turn(outputs, problem)) for inputs, outputs in batches)


def _stepped(cursor: Cursor, value: float | None, count: int, calibrating: bool) -> Cursor:
    if value is None:
        skipped = cursor.skipped + (not calibrating)
        if skipped > SKIPS:
            stepped = cursor.epoch > 0 or cursor.loss_count > 0
            raise Diverged(f"{skipped} gradients in a row were not finite", stepped)
        return cursor.model_copy(update={"step": cursor.step + 1, "skipped": skipped})
    totals = {"loss_sum": cursor.loss_sum + value * count, "loss_count": cursor.loss_count + count}
    return cursor.model_copy(update={"step": cursor.step + 1, "skipped": 0, **totals})


def _committed(session: Session, cursor: Cursor, epoch: Epoch, value: float) -> Cursor:
    """Write the epoch to the history, its state and, when it is the best, its weights; in this order.

    Of an epoch that time cut short the state is that behind its last step, and its line in the history goes when the
    run is given more time.
    """
    learner = session.learner
    figures = {f"valid_{name}": number for name, number in epoch.valid.items() if math.isfinite(number)}
    better = {
        "best_epoch": epoch.number,
        "best_step": cursor.step % session.steps,
        "best_value": value,
        "best": {"train_loss": epoch.train_loss, **figures},
    }
    written = 0 if session.history is None else session.history.append(epoch)
    whole = {"epoch": epoch.number, "step": 0, "loss_sum": 0.0, "loss_count": 0, "history_bytes": written}
    cursor = cursor.model_copy(
        update={
            "seconds": cursor.seconds + epoch.seconds,
            "scaler": learner.scaler.state_dict(),
            **(whole if cursor.step == session.steps else {}),
            **(better if epoch.best else {}),
        }
    )
    _commit(session, cursor)
    if epoch.best:
        save_weights(session.folder, learner)
    return cursor


def _commit(session: Session, cursor: Cursor) -> None:
    """Make ``cursor`` the state of the run on the disk; all processes must ask, the first one writes."""
    tensors = session.learner.tensors()
    if parallel.leads():
        checkpoint.commit(session.folder, cursor, tensors)
    parallel.barrier()


def _stop(session: Session, cursor: Cursor, started: float) -> NoReturn:
    """Commit the state in the middle of an epoch and say so."""
    if not session.learner.is_finite():
        raise Diverged("a weight is not finite")
    seconds = cursor.seconds + parallel.first(time.perf_counter() - started)
    cursor = cursor.model_copy(update={"seconds": seconds, "scaler": session.learner.scaler.state_dict()})
    _commit(session, cursor)
    where = f"epoch {cursor.epoch + 1}, step {cursor.step} of {session.steps}"
    raise Stopped(f"{session.folder}: stopped in {where}; the same command goes on from there")


def rate(session: Session, cursor: Cursor) -> float:
    """Return the learning rate of the next step, halved for every time that the run was rolled back."""
    config = session.config
    step = cursor.epoch * session.steps + cursor.step
    scale = factor(config.schedule, Moment(step, session.steps, config.trainer.epochs))
    return float(config.optimizer.lr * scale * 0.5**cursor.rollbacks)
