"""A run that is given more epochs than it was begun with: what becomes of its schedule, and of its record."""

from __future__ import annotations

from collections.abc import Sequence

from surrogate.datasets.dataset import open_dataset
from surrogate.errors import SettingsError
from surrogate.predictors import runs
from surrogate.predictors.surrogate_settings import RecordedSettings
from surrogate.training import checkpoint
from surrogate.training.opening import claimed, existing_run
from surrogate.training.schedule import Moment, factor
from surrogate.training.training_settings import TrainConfig
from surrogate.training.window_items import frames_learned

# Steps of an epoch at which schedules are compared; what they do between is between.
_STEPS = 16


def extend(before: TrainConfig, now: TrainConfig) -> list[str]:
    """Make the run of the settings ``before`` one of ``now``, which ends later; return lines that say what that is.

    Its schedule is that of the new number of epochs, as if it had been so from the start. What is done stays as it is.

    Raises:
        SettingsError: there is less to do than was done, or nothing to go on from.
        InputError: the run or its data are damaged.
    """
    folder, epochs = before.out, now.trainer.epochs
    with claimed(folder) as claim:
        claim.take()
        dataset = open_dataset(before.data, before.trainer.samples)
        record = existing_run(before, dataset)
        state = checkpoint.read_state(folder)
        if record is None or state is None:
            raise SettingsError(f"resume={folder}: has no state to go on from; init={folder} begins with its weights")
        cursor = state.current.cursor
        begun = cursor.epoch + (cursor.step > 0)
        if epochs < begun:
            raise SettingsError(f"trainer.epochs={epochs}: {begun} are done or begun; expected more")
        settings = RecordedSettings.of(now.model_copy(update={"overwrite": False}))
        status = record.status if epochs == before.trainer.epochs else "running"
        runs.save_record(folder, record.model_copy(update={"settings": settings, "status": status}))
    return [] if epochs == before.trainer.epochs else [_line(before, now, begun)]


def _line(before: TrainConfig, now: TrainConfig, done: int) -> str:
    """Return in a line how what was done stands to a run that had all the epochs from the start."""
    old, new = before.trainer.epochs, now.trainer.epochs
    name = now.schedule.name
    if same_so_far(before, now, done):
        return f"{old} to {new} epochs: schedule={name} is the same so far, so this is a run of {new} from the start"
    lr = now.optimizer.lr
    last, first = (
        lr * factor(config.schedule, Moment(done * _STEPS - back, _STEPS, config.trainer.epochs))
        for config, back in ((before, 1), (now, 0))
    )
    return (
        f"{old} to {new} epochs: schedule={name} is now that of {new}: the rate goes on at {first:.2g}, after "
        f"{last:.2g} at the end of epoch {done}; a run of {new} from the start would have had other rates before"
    )


def same_so_far(before: TrainConfig, now: TrainConfig, done: int) -> bool:
    """Return whether the first ``done`` epochs of both settings are the same: their rates, and the frames learned."""
    totals = [config.trainer.epochs for config in (before, now)]
    rates: list[Sequence[float]] = [
        [factor(now.schedule, Moment(step, _STEPS, total)) for step in range(done * _STEPS)] for total in totals
    ]
    frames = [[frames_learned(now.time, epoch, total) for epoch in range(done)] for total in totals]
    return rates[0] == rates[1] and frames[0] == frames[1]
