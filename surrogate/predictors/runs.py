"""The run folder on disk: what training leaves and what evaluation, export and prediction start from. No pickle.

run.json              problem, settings, data, figures, environment, hashes of the files below (:class:`RunRecord`)
weights.safetensors   the surrogate, best by validation
examples.safetensors  up to 32 validation pairs in physical units, so that a run can be checked without its data
history.jsonl, .csv   one line an epoch
state.json, state-*   for resuming; training alone reads them
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from surrogate import reading
from surrogate.environment import Environment
from surrogate.errors import InputError, SettingsError
from surrogate.files import publish_bytes
from surrogate.integrity import Digest, Files, check, publish_record, unsealed
from surrogate.kinds import RUN, expect
from surrogate.predictors.first_weights import FirstWeights
from surrogate.predictors.loaded import Loaded
from surrogate.predictors.range_guard import Guard
from surrogate.predictors.surrogate import Surrogate, build
from surrogate.predictors.surrogate_settings import RecordedSettings
from surrogate.predictors.tensor_files import load_weights, parse_tensors, tensor_bytes
from surrogate.registry import LOSSES, metric_label
from surrogate.spaces import Frozen, Problem
from surrogate.typed_record import typed_record

RECORD = "run.json"
WEIGHTS = "weights.safetensors"
EXAMPLES = "examples.safetensors"

_LARGEST_RECORD = 16 * 2**20
_UNVERIFIED = "{folder} was written before files were hashed, or its record was changed: damage would not be noticed."


class DataRecord(Frozen):
    """The data set a run was trained on; its path is ``settings.data``."""

    name: str
    hash: str


class RunRecord(Frozen):
    """What is known of a run.

    ``metrics`` are the figures of the epoch whose weights are kept: ``train_loss``, ``valid_<name>`` for each
    validation figure, its number ``best_epoch``, and the ``epochs`` run. ``guard`` says what the training inputs were
    like; runs of the first version have none. ``files`` are the hashes of the files of the run that ``run.json`` has
    announced; None where they were not yet hashed. ``origin`` says with whose weights it began, where with any,
    ``failure`` what ended it, where its own numbers did. On disk ``settings.data`` and ``settings.init`` are relative
    to the folder and ``settings.out`` is ``.``, so that a project can be moved; in memory they are absolute.
    """

    version: Literal[1]
    status: Literal["running", "finished"]
    problem: Problem
    settings: RecordedSettings
    data: DataRecord
    parameters: int
    metrics: dict[str, float]
    seconds: float
    environment: Environment
    guard: Guard | None = None
    files: Files | None = None
    origin: FirstWeights | None = Field(default=None, exclude_if=lambda origin: origin is None)
    failure: str | None = Field(default=None, exclude_if=lambda failure: failure is None)

    def status_text(self) -> str:
        """Return the status in words: of a run that is not finished, how many of its epochs are done."""
        if self.status == "finished":
            return self.status
        if self.failure is not None:
            return f"failed: {self.failure}"
        return f"unfinished, {self.metrics.get('epochs', 0):.0f} of {self.settings.trainer.epochs} epochs done"

    def figures(self) -> dict[str, str]:
        """Return what a person asks of a run first, in order, as text."""
        return {
            "model": self.settings.model.name,
            "status": self.status_text(),
            "parameters": f"{self.parameters:,}",
            **({} if self.origin is None else {"begun with": self.origin.line()}),
            "data": self.data.name,
            "task": self.problem.task,
            **self._spaces(),
            "points": " x ".join(str(n) for n in self.problem.target.domain.points),
            **{_spoken(name): f"{value:.4g}" for name, value in self.metrics.items()},
            "seconds": f"{self.seconds:.1f}",
            **({"verdict": self.shortfall()} if self.shortfall() else {}),
        }

    def _spaces(self) -> dict[str, str]:
        if not self.settings.by_name:
            return {}
        given, wanted = (
            [field.name for field in fields] for fields in (self.problem.channels, self.problem.target.fields)
        )
        return {"sources": ", ".join(given), "target": ", ".join(wanted)}

    def shortfall(self) -> str:
        """Return in words that the best validation error is above 1, that of predicting zero; empty where it is not."""
        name = _figure(self.settings.loss.name)
        error = self.metrics.get(f"valid_{name}", 0.0)
        return (
            f"worse than predicting zero: the best validation {metric_label(name)} is {error:.4g}" if error > 1 else ""
        )

    def row(self) -> tuple[str, str, str, str]:
        """Return status, parameters, relative L2 on validation data (``-`` where there are none), seconds, as text."""
        error = self.metrics.get("valid_relative_l2")
        shown = "-" if error is None else f"{error:.4g}"
        return self.status_text(), f"{self.parameters:,}", shown, f"{self.seconds:.0f}"


@dataclass(frozen=True)
class Run(Loaded):
    """A run read back: its surrogate in evaluation mode, and ``examples`` (inputs, outputs) in physical units.

    ``digest`` is the SHA-256 of the file of its weights.
    """

    surrogate: Surrogate
    examples: tuple[Tensor, Tensor] = field(kw_only=True)


def save_run(folder: Path, surrogate: Surrogate, record: RunRecord, examples: tuple[Tensor, Tensor]) -> None:
    """Write a whole run folder at once; training writes the same files one by one."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {EXAMPLES: example_bytes(examples), WEIGHTS: tensor_bytes(surrogate.state_dict())}
    for name, data in contents.items():
        publish_bytes(folder / name, data)
    files = {name: Digest.of(data) for name, data in contents.items()}
    save_record(folder, record.model_copy(update={"files": files}))


def load_run(folder: Path, device: str | torch.device = "cpu") -> Run:
    """Return the run in ``folder`` with its best weights on ``device``.

    Raises:
        InputError: it is no run, has no weights yet, or a file in it is damaged or does not fit its settings.
    """
    record = read_record(folder)
    surrogate = build(record.settings, record.problem)
    path = folder / WEIGHTS
    if not path.is_file():
        raise InputError(f"{path}: missing; the run has not finished its first epoch")
    data, digest = _verified(folder, WEIGHTS)
    load_weights(surrogate, parse_tensors(data, path), path)
    surrogate.guard = record.guard
    stored = read_stored(folder, EXAMPLES)
    if set(stored) != {"inputs", "outputs"}:
        raise InputError(f"{folder / EXAMPLES}: expected the tensors inputs and outputs, found {sorted(stored)}")
    examples = (stored["inputs"].to(device), stored["outputs"].to(device))
    return Run(
        folder,
        f"the {record.settings.model.name} of {folder}",
        record,
        surrogate.to(device).eval(),
        digest.sha256,
        unverified(folder),
        record.settings.data,
        examples=examples,
    )


def unverified(folder: Path) -> str:
    """Return, in a sentence, that damage to the run in ``folder`` would not be noticed; empty where it would.

    Raises:
        InputError: as of :func:`read_record`.
    """
    record, sealed = _read(folder)
    known = sealed and {WEIGHTS, EXAMPLES} <= (record.files or {}).keys()
    return "" if known else _UNVERIFIED.format(folder=folder)


def read_record(folder: Path) -> RunRecord:
    """Return the record of the run in ``folder``.

    Raises:
        InputError: there is none, or it is not one that this version reads.
    """
    return _read(folder)[0]


def _read(folder: Path) -> tuple[RunRecord, bool]:
    """Return the record of the run in ``folder``, and whether it has a checksum."""
    path = folder / RECORD
    expect(folder, RUN)
    text, sealed = unsealed(reading.read_json_bytes(path, _LARGEST_RECORD), path)
    record = typed_record(RunRecord, text, path)
    return _placed(record, lambda path: Path(os.path.normpath(folder.absolute() / path)), folder.absolute()), sealed


def save_record(folder: Path, record: RunRecord) -> None:
    """Write the record of the run in ``folder``."""
    placed = _placed(record, lambda path: Path(os.path.relpath(path, folder.absolute())), Path())
    publish_record(folder / RECORD, placed)


def store(folder: Path, name: str, tensors: Mapping[str, Tensor]) -> None:
    """Write a file of the run in ``folder``, whose record announces its hash first; whoever is killed, both agree."""
    data, record, path = tensor_bytes(tensors), read_record(folder), folder / name
    files = dict(record.files or {})
    new, old = Digest.of(data), files.get(name)
    if old is not None:
        former = old.former if old.sha256 == new.sha256 else old.sha256
    else:
        former = reading.sha256(path) if path.is_file() else None
    files[name] = new.model_copy(update={"former": former})
    save_record(folder, record.model_copy(update={"files": files}))
    publish_bytes(path, data)


def read_stored(folder: Path, name: str) -> dict[str, Tensor]:
    """Return the tensors of a file of the run in ``folder``, after its hash was found right where one is known.

    Raises:
        InputError: it is missing or damaged.
    """
    return parse_tensors(_verified(folder, name)[0], folder / name)


def example_bytes(examples: tuple[Tensor, Tensor]) -> bytes:
    """Return the file of validation pairs (n, c, s...) in physical units."""
    return tensor_bytes({"inputs": examples[0], "outputs": examples[1]})


def _figure(loss: str) -> str:
    """Return what a loss calls its figure on validation data; its own name where its package is not here any more."""
    try:
        figure: str = LOSSES.module(loss).LOSS.figure
    except SettingsError:
        return loss
    return figure


def _spoken(figure: str) -> str:
    """Return the name of a figure of a record in words."""
    error = figure.removeprefix("valid_")
    return figure.replace("_", " ") if error == figure else f"valid {metric_label(error)}"


def _verified(folder: Path, name: str) -> tuple[bytes, Digest]:
    """Return the bytes of a file of the run and their digest, which is not another than the record's.

    The file is read before the record: while a training replaces it, the record knows what was there.
    """
    path = folder / name
    data = reading.read_bytes(path)
    digest = Digest.of(data)
    check(path, digest, read_record(folder).files or {}, RECORD)
    return data, digest


def _placed(record: RunRecord, moved: Callable[[Path], Path], out: Path) -> RunRecord:
    init = record.settings.init
    places = {"data": moved(record.settings.data), "out": out, "init": None if init is None else moved(init)}
    settings = record.settings.model_copy(update=places)
    return record.model_copy(update={"settings": settings})
