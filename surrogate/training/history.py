"""What happened in each epoch: the value that training yields, and its lines in the run folder."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surrogate.errors import InputError, StorageError
from surrogate.files import publish_text, regular
from surrogate.integrity import read_lines, sealed_line

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

LINES = "history.jsonl"
TABLE = "history.csv"


@dataclass(frozen=True)
class Epoch:
    """An epoch that is done: ``number`` of ``epochs``, counted from 1.

    ``valid`` are means over the validation pairs, empty without any; the first one (else ``train_loss``) selects,
    and ``best`` says that no epoch was better. ``seconds`` counts validation in, ``samples_per_second`` and
    ``seconds_per_step`` do not. ``peak_bytes`` is the most memory in use, as :mod:`surrogate.training.memory` says.
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
    """``history.jsonl``, ``history.csv`` and, where it is installed, TensorBoard, of the run in ``folder``.

    Args:
        folder: the run folder.
        length: bytes of history.jsonl that are true; what a killed run wrote beyond them goes.

    Raises:
        StorageError: the disk refuses.
        InputError: the file is shorter than that, or a line of it is damaged.
    """

    def __init__(self, folder: Path, length: int) -> None:
        self.folder = folder
        path = folder / LINES
        try:
            path.touch()
            if path.stat().st_size < length:
                raise InputError(f"{path}: damaged; epochs that were written down are missing")
            os.truncate(path, length)
        except OSError as error:
            raise StorageError(f"{path}: {error.strerror}") from error
        rows = read_lines(path)
        # Lines that an earlier version wrote may lack a column.
        columns = list(rows[-1]) if rows else []
        table: list[list[Any]] = [columns, *([row.get(name) for name in columns] for row in rows)] if rows else []
        publish_text(folder / TABLE, "".join(map(_line, table)))
        self._board = _tensorboard(folder, first=len(rows) + 1)

    def append(self, epoch: Epoch) -> int:
        """Write an epoch down, durably, and return the bytes of history.jsonl with it."""
        row = flat(epoch)
        try:
            length = _append(self.folder / LINES, sealed_line(row))
            table = self.folder / TABLE
            _append(table, ("" if table.stat().st_size else _line(list(row))) + _line(list(row.values())))
        except OSError as error:
            raise StorageError(f"{self.folder / LINES}: {error.strerror}") from error
        if self._board is not None:
            for name, value in row.items():
                if name != "epoch" and value is not None:
                    self._board.add_scalar(name, value, epoch.number)
        return length

    def close(self) -> None:
        """Finish writing."""
        if self._board is not None:
            self._board.close()


def flat(epoch: Epoch) -> dict[str, float | bool | None]:
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


def _append(path: Path, text: str) -> int:
    with regular(path).open("ab") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def _line(cells: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _tensorboard(folder: Path, first: int) -> SummaryWriter | None:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder / "tensorboard"), purge_step=first)
