"""The runs below a folder, each as a line: read from their records alone, so that thousands take seconds. No torch."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from surrogate.errors import InputError
from surrogate.files import is_locked
from surrogate.integrity import unsealed
from surrogate.interface.readable import duration, size
from surrogate.reading import read_json_bytes

_RECORD, _STATE, _LARGEST = "run.json", "state.json", 16 * 2**20
_FIGURE = "relative_l2"


@dataclass(frozen=True)
class ListedRun:
    """What a list says of a run.

    Attributes:
        name: its folder, below the one that was listed.
        path: its folder.
        status: ``finished``; ``running`` while a process trains it; ``interrupted``, so that ``train resume=`` goes on;
            ``failed``, which its own numbers ended; ``damaged``.
        detail: how far it is, or what is wrong; empty where nothing is to be said.
        model: its name.
        data: the name of its data set.
        valid_relative_l2: the error of its best epoch on validation data, of unit 1; None without such data.
        parameters: numbers that it learned.
        epochs: done.
        seconds: of training.
        bytes: on the disk, everything in its folder.
        modified: when its record was last written.
    """

    name: str
    path: Path
    status: str
    detail: str
    model: str
    data: str
    valid_relative_l2: float | None
    parameters: int | None
    epochs: float | None
    seconds: float | None
    bytes: int
    modified: datetime

    @property
    def error(self) -> float | None:
        """The error that lists are sorted by."""
        return self.valid_relative_l2

    def row(self) -> tuple[str, ...]:
        """Return it as a line of text under :data:`HEADS`."""
        error = "-" if self.valid_relative_l2 is None else f"{100 * self.valid_relative_l2:.3g} %"
        status = f"{self.status}, {self.detail}" if self.status in ("running", "interrupted") else self.status
        parameters = "-" if self.parameters is None else f"{self.parameters:,}"
        seconds = "-" if self.seconds is None else duration(self.seconds)
        where = (self.model, self.data, error, parameters, seconds, size(self.bytes))
        return (self.name, status, *where, f"{self.modified:%Y-%m-%d %H:%M}")

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            **vars(self),
            "what": "run",
            "path": str(self.path),
            "modified": self.modified.isoformat("T", "seconds"),
        }


HEADS = ("run", "status", "model", "data", "valid relative L2", "parameters", "took", "size", "when")


def listed_run(folder: Path, name: str) -> ListedRun:
    """Return what a list says of the run in ``folder``; what is wrong with it, where something is."""
    modified, taken = occupied(folder, (_RECORD, _STATE))
    try:
        record = _read(folder / _RECORD)
        status, detail, metrics, seconds = _standing(folder, record)
        error = metrics.get(f"valid_{_FIGURE}")
        return ListedRun(
            name=name,
            path=folder,
            status=status,
            detail=detail,
            model=str(record["settings"]["model"]["name"]),
            data=str(record["data"]["name"]),
            valid_relative_l2=None if error is None else float(error),
            parameters=int(record["parameters"]),
            epochs=float(metrics.get("epochs", 0)),
            seconds=float(seconds),
            bytes=taken,
            modified=modified,
        )
    except (InputError, OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        why = (
            str(error).replace(f"{folder}/", "")
            if isinstance(error, InputError | OSError)
            else "its record is none of a run"
        )
        return ListedRun(name, folder, "damaged", why, "-", "-", None, None, None, None, taken, modified)


def occupied(folder: Path, marks: tuple[str, ...]) -> tuple[datetime, int]:
    """Return when the newest of the files ``marks`` of a folder was written, and the bytes of all that lies in it."""
    newest, taken = 0.0, 0
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                        continue
                    stat = entry.stat(follow_symlinks=False)
                    taken += stat.st_size
                    if here == folder and entry.name in marks:
                        newest = max(newest, stat.st_mtime)
        except OSError:  # it went while it was looked at, or is not ours to see
            continue
    return datetime.fromtimestamp(newest).astimezone(), taken


def _read(path: Path) -> dict[str, Any]:
    record = json.loads(unsealed(read_json_bytes(path, _LARGEST), path)[0])
    if not isinstance(record, dict):
        raise TypeError
    return record


def _standing(folder: Path, record: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any], float]:
    """Return status, what is to be said of it, the figures of where it stands, and its seconds."""
    if record["status"] == "finished":
        if wrong := _wrong(folder, record.get("files") or {}):
            raise InputError(wrong)
        return "finished", "", record["metrics"], record["seconds"]
    epochs = record["settings"]["trainer"]["epochs"]
    cursor: Mapping[str, Any] = {}
    if (folder / _STATE).is_file():
        cursor = _read(folder / _STATE)["current"]["cursor"]
    metrics = {**cursor.get("best", {}), "epochs": cursor.get("epoch", 0)}
    seconds = cursor.get("seconds", 0.0)
    if record.get("failure"):
        return "failed", str(record["failure"]), metrics, seconds
    done = f"{metrics['epochs']} of {epochs} epochs"
    return "running" if is_locked(folder) else "interrupted", done, metrics, seconds


def _wrong(folder: Path, files: Mapping[str, Any]) -> str:
    """Return what of the files that a record names is not there, or cannot be what it was; no hash is computed."""
    for name, digest in files.items():
        try:
            held = (folder / name).stat().st_size
        except OSError:
            return f"{folder / name}: is missing"
        if held != digest["size"]:
            return f"{folder / name}: has {held} bytes, expected {digest['size']}"
    return ""
