"""Where a run stands, on disk, so that it can go on from there: ``state.json`` and the tensors it names.

A state is committed in three moves: its tensors under a name of their own, then ``state.json`` with that name and
their hash, then the removal of what no name points to. Whoever is killed, ``state.json`` names a whole file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor

from surrogate.errors import InputError
from surrogate.files import publish_bytes
from surrogate.integrity import publish_record, read_sealed
from surrogate.predictors.runs import RunRecord, read_record
from surrogate.predictors.tensor_files import parse_tensors, tensor_bytes
from surrogate.reading import read_bytes
from surrogate.spaces import Frozen
from surrogate.typed_record import typed_record

STATE = "state.json"


class Cursor(Frozen):
    """Where a run stands.

    ``epoch`` epochs are finished, and ``step`` steps of the next. ``loss_sum`` is over the ``loss_count`` samples of
    that part; ``skipped`` steps in a row had no finite gradient; the rate is halved with each of ``rollbacks``.
    ``best`` are the figures of epoch number ``best_epoch`` (0: none yet), ``best_value`` is the one that selects;
    ``best_step`` is not 0 where time was up after so many steps of that epoch.
    ``history_bytes`` of history.jsonl belong to the finished epochs. ``scaler`` is the state of the gradient scaler.
    """

    epoch: int
    step: int
    loss_sum: float
    loss_count: int
    skipped: int
    rollbacks: int
    best_epoch: int
    best_value: float | None
    best: dict[str, float]
    history_bytes: int
    seconds: float
    scaler: dict[str, float | int]
    best_step: int = 0

    @property
    def is_best(self) -> bool:
        """Whether the weights at this very point are the best so far."""
        number = self.epoch + 1 if self.step else self.epoch
        return self.best_epoch > 0 and (self.best_epoch, self.best_step) == (number, self.step)


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


class Saved(Frozen):
    """A cursor and the file with its tensors, in the run folder."""

    file: Annotated[str, Field(pattern=r"^state-[0-9]+-[0-9]+-[0-9]+\.safetensors$")]
    sha256: str
    cursor: Cursor


class RunState(Frozen):
    """The newest state, and the one at the beginning of its epoch, to which a run that diverges goes back."""

    version: Literal[1]
    current: Saved
    epoch_start: Saved


def commit(folder: Path, cursor: Cursor, tensors: Mapping[str, Tensor]) -> None:
    """Make ``cursor`` and ``tensors`` the newest state of the run in ``folder``.

    Raises:
        StorageError: the disk refused; the state before is still there.
    """
    name = f"state-{cursor.epoch:06d}-{cursor.step:06d}-{cursor.rollbacks}.safetensors"
    before = read_state(folder)
    if before is not None and before.current.file == name:
        return
    data = tensor_bytes(tensors)
    publish_bytes(folder / name, data)
    saved = Saved(file=name, sha256=hashlib.sha256(data).hexdigest(), cursor=cursor)
    start = saved if cursor.step == 0 or before is None else before.epoch_start
    publish_record(folder / STATE, RunState(version=1, current=saved, epoch_start=start))
    prune(folder)


def prune(folder: Path) -> None:
    """Remove the tensors of states that ``state.json`` does not name."""
    state = read_state(folder)
    named = () if state is None else (state.current.file, state.epoch_start.file)
    for file in folder.glob("state-*.safetensors"):
        if file.name not in named:
            file.unlink(missing_ok=True)


def read_state(folder: Path) -> RunState | None:
    """Return the state of the run in ``folder``, or None where none was committed.

    Raises:
        InputError: ``state.json`` is damaged.
    """
    path = folder / STATE
    if not path.is_file():
        return None
    return typed_record(RunState, read_sealed(path), path)


def standing(folder: Path) -> RunRecord:
    """Return the record of a run with the figures of where it stands, if it is not finished: of its best epoch so far.

    Raises:
        InputError: there is no run, or its record or state is damaged.
    """
    record = read_record(folder)
    state = read_state(folder)
    if record.status == "finished" or state is None:
        return record
    cursor = state.current.cursor
    metrics = {**cursor.best, "best_epoch": float(cursor.best_epoch)} if cursor.best_epoch else {}
    metrics["epochs"] = float(cursor.epoch)
    return record.model_copy(update={"metrics": metrics, "seconds": cursor.seconds})


def read_saved(folder: Path, saved: Saved) -> dict[str, Tensor]:
    """Return the tensors of a saved state.

    Raises:
        InputError: the file is missing, or its bytes are not those that were committed.
    """
    path = folder / saved.file
    data = read_bytes(path)
    if hashlib.sha256(data).hexdigest() != saved.sha256:
        raise InputError(f"{path}: damaged; its bytes are not those that {STATE} names")
    return parse_tensors(data, path)
