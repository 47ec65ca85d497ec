"""Foreign files and folders where a data set is expected, and on the screen what was recognised in them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from surrogate.cli import console, places
from surrogate.kinds import DATASET, kind_of

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


def with_data(words: Sequence[str]) -> list[str]:
    """Return the words with ``data=`` a data set: a foreign file or folder is converted, which is shown.

    Raises:
        InputError, SettingsError, StorageError, UsageError: as of ``surrogate.interface.foreign_data.standing_for``.
    """
    from surrogate.config.words import absolute, given
    from surrogate.datasets.reading_settings import READING_KEYS

    own = [word for word in words if word.partition("=")[0] in READING_KEYS]
    data = given([word for word in words if "=" in word], "data")
    path = None if data is None else Path(absolute(data))
    if path is None or not path.exists() or (kind_of(path) == DATASET and not own):
        return list(words)
    from surrogate.datasets.recognition import is_foreign, recognised_format
    from surrogate.datasets.source import read_source

    if not own and not is_foreign(path):
        return list(words)
    if given(own, "format") is None and is_foreign(path):
        recognised_format(read_source(path))  # before torch loads
    from surrogate.interface.foreign_data import standing_for

    stands = standing_for(path, own, show, lambda line: console.note(line.replace(f"{Path.cwd()}{os.sep}", "")))
    return [*(word for word in words if word not in own and not word.startswith("data=")), f"data={stands}"]
