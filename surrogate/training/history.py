"""What happened in each epoch: the value that training yields, and its lines in the run folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from surrogate.errors import InputError, StorageError
from surrogate.integrity import read_lines
from surrogate.training.tracker import EpochTracker, Row, Surviving, chosen_trackers, open_tracker
from surrogate.training.trackers.csv import FILE as TABLE
from surrogate.training.trackers.jsonl import FILE as LINES

__all__ = ["LINES", "TABLE", "Epoch", "History", "flat"]


@dataclass(frozen=True)
class Epoch:
    """An epoch that is done: ``number`` of ``epochs``, counted from 1.

    ``valid`` are means over the validation pairs, empty without any; the first one (else ``train_loss``) selects,
    and ``best`` says that no epoch was better. ``seconds`` counts validation in, ``samples_per_second`` and
    ``seconds_per_step`` do not. ``peak_bytes`` is the most memory in use, see
    :mod:`surrogate.training.peak_memory`.
    """

    number: int
    epochs: int
    train_loss: float
    valid: dict[str, float]
    learning_rate: float
    seconds: float
    samples_per_second: float
    seconds_per_step: float
    peak_bytes: int
    best: bool


class History:
    """``history.jsonl`` of the run in ``folder``, and what else the epochs are told to.

    Args:
        folder: the run folder.
        length: bytes of history.jsonl that are true; what a killed run wrote beyond them goes.
        trackers: the names of the trackers beside, None: those that are installed. One that fails is left out.
        tell: given a line when one does.

    Raises:
        StorageError: the disk refuses.
        InputError: the file is shorter than that, or a line of it is damaged.
        SettingsError: there is no such tracker, or what it needs is not installed.
    """

    def __init__(
        self,
        folder: Path,
        length: int,
        trackers: Sequence[str] | None = None,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.path = folder / LINES
        try:
            self.path.touch()
            if self.path.stat().st_size < length:
                raise InputError(f"{self.path}: damaged; epochs that were written down are missing")
            os.truncate(self.path, length)
        except OSError as error:
            raise StorageError(f"{self.path}: {error.strerror}") from error
        rows = read_lines(self.path)
        own, *others = chosen_trackers(trackers)
        self.trackers: list[EpochTracker | Surviving] = [open_tracker(own, folder, rows)]
        self.trackers += [Surviving(name, folder, rows, tell) for name in others]

    def append(self, epoch: Epoch) -> int:
        """Write an epoch down, durably, and return the bytes of history.jsonl with it."""
        row = flat(epoch)
        for tracker in self.trackers:
            tracker.append(row)
        return self.path.stat().st_size

    def close(self) -> None:
        """Finish writing."""
        for tracker in self.trackers:
            tracker.close()


def flat(epoch: Epoch) -> Row:
    """Return an epoch as one row: ``epoch``, ``train_loss``, ``valid_<name>`` ..., None for what is not finite."""
    row: dict[str, Any] = asdict(epoch)
    row = {"epoch": row.pop("number"), **row}
    del row["epochs"]
    row = {
        key: value
        for name, entry in row.items()
        for key, value in ({f"valid_{n}": v for n, v in entry.items()} if name == "valid" else {name: entry}).items()
    }
    return {name: value if abs(value) < float("inf") else None for name, value in row.items()}
