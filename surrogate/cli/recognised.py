"""What was recognised in a foreign file or folder, on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from surrogate.cli import console, places

if TYPE_CHECKING:
    from surrogate.datasets.foreign import Rows
    from surrogate.datasets.recognition import Recognised
    from surrogate.spaces import Split


def show(read: Recognised, rows: Mapping[Split, Rows]) -> None:
    """Print its fields, what holds for all of them, and what was guessed."""
    from surrogate.interface.recognised_source import COLUMNS, reading_of

    shown = reading_of(read, rows)
    console.table(places.short(read.source.path), COLUMNS, shown.rows)
    console.figures("", dict(shown.lines))
    for guess in shown.guesses:
        console.note(f"guessed: {guess}")
