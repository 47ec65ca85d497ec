"""CSV: ``history.csv``, a table of the epochs for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from surrogate.files import publish_text
from surrogate.training.tracker import Row, append_text

PACKAGE = None
FILE = "history.csv"


class EpochTable:
    """The table of a run, written anew from the ``rows`` that are done; lines of an earlier version may lack cells."""

    def __init__(self, folder: Path, rows: Sequence[Row]) -> None:
        self.path = folder / FILE
        columns = list(rows[-1]) if rows else []
        table: list[Iterable[object]] = (
            [columns, *([row.get(name) for name in columns] for row in rows)] if rows else []
        )
        publish_text(self.path, "".join(map(_line, table)))

    def append(self, row: Row) -> None:
        """Add the line of an epoch, the names of the columns before the first."""
        append_text(self.path, ("" if self.path.stat().st_size else _line(row)) + _line(row.values()))

    def close(self) -> None:
        """Nothing is open."""


def _line(cells: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


TRACKER = EpochTable
