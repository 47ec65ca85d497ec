"""What a training works with, made new or read back from its run folder."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from surrogate import runs
from surrogate.config.schema import TrainConfig
from surrogate.datasets.dataset import Dataset
from surrogate.environment import environment
from surrogate.errors import SettingsError
from surrogate.files import make_folder, remove_unfinished
from surrogate.physical import Surrogate, build
from surrogate.training import checkpoint, symmetries
from surrogate.training.checkpoint import START, Cursor, Saved
from surrogate.training.history import History
from surrogate.training.learner import Learner
from surrogate.training.losses import build_loss
from surrogate.training.samples import Samples, load_samples


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


def open_session(
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
        cursor = restored(config.out, learner, state.current)
        remove_unfinished(config.out)
        checkpoint.prune(config.out)
        # The data may have moved since.
        runs.save_record(config.out, runs.read_record(config.out).model_copy(update={"settings": config}))
    session = Session(config, learner, samples, valid, History(config.out, cursor.history_bytes), should_stop)
    return session, cursor


def _begin(config: TrainConfig, dataset: Dataset, learner: Learner, examples: tuple[Tensor, Tensor]) -> None:
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


def restored(folder: Path, learner: Learner, saved: Saved) -> Cursor:
    """Put the learner back to a saved state of the run in ``folder`` and return where that stands.

    Raises:
        InputError: the state is damaged.
    """
    learner.restore(checkpoint.read_saved(folder, saved), folder / saved.file)
    cursor = saved.cursor
    if learner.scaler.is_enabled() and cursor.scaler:
        learner.scaler.load_state_dict(cursor.scaler)
    # A state is committed before the weights that it calls best are: a kill between the two is mended here.
    if cursor.best_epoch == cursor.epoch > 0 and cursor.step == 0:
        runs.save_weights(folder, learner.evaluated)
    return cursor
