"""JSON: a line of ``history.jsonl`` an epoch, each sealed by a hash of its own; a run goes on from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from surrogate.integrity import sealed_line
from surrogate.training.tracker import Row, append_text

PACKAGE = None
FILE = "history.jsonl"


class EpochLines:
    """The lines of a run, of which the opened history holds the ``rows`` already."""

    def __init__(self, folder: Path, rows: Sequence[Row]) -> None:
        self.path = folder / FILE

    def append(self, row: Row) -> None:
        """Add the line of an epoch."""
        append_text(self.path, sealed_line(row))

    def close(self) -> None:
        """Nothing is open."""


TRACKER = EpochLines
