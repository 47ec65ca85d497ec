"""What the epochs of a run are told to: the trackers that its settings name."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from surrogate.errors import SettingsError, StorageError
from surrogate.files import regular
from surrogate.registry import TRACKERS

# An epoch: ``epoch``, ``train_loss``, ``valid_<name>`` ..., None for what is not finite.
Row = dict[str, float | bool | None]

# What is always told, as a run goes on from it; and what else is where the settings name none.
ALWAYS = "jsonl"
UNASKED = ("csv", "tensorboard")


class EpochTracker(Protocol):
    """Something that is told of each epoch of a run.

    Args:
        folder: of the run.
        rows: the epochs that are done; what a killed run told of later ones is to be forgotten.

    Raises:
        StorageError: the disk refuses.
    """

    def __init__(self, folder: Path, rows: Sequence[Row]) -> None: ...

    def append(self, row: Row) -> None:
        """Take an epoch; what is a file then holds it for good.

        Raises:
            StorageError: the disk refuses.
        """

    def close(self) -> None:
        """Finish what is open."""


def chosen_trackers(names: Sequence[str] | None) -> list[str]:
    """Return the names of the trackers of a run, ``jsonl`` first; ``names`` None: those beside that are installed.

    Raises:
        SettingsError: there is no such tracker, or what it needs is not installed.
    """
    if names is None:
        names = [name for name in UNASKED if not missing(name)]
    for name in names:
        if package := missing(name):
            raise SettingsError(f"trainer.trackers: {name} needs the package {package}, which is not installed")
    return list(dict.fromkeys((ALWAYS, *names)))


def open_tracker(name: str, folder: Path, rows: Sequence[Row]) -> EpochTracker:
    """Return the tracker called ``name`` of the run in ``folder``.

    Raises:
        StorageError: the disk refuses.
        SettingsError: its package is there but cannot be imported.
    """
    try:
        tracker: EpochTracker = TRACKERS.module(name).TRACKER(folder, rows)
    except ImportError as error:
        raise SettingsError(f"trainer.trackers: {name} cannot be imported: {error}; name others") from None
    return tracker


def missing(name: str) -> str | None:
    """Return the package that a tracker needs and that is not installed, if there is one.

    Raises:
        SettingsError: there is no such tracker.
    """
    package: str | None = TRACKERS.module(name).PACKAGE
    return package if package is not None and importlib.util.find_spec(package) is None else None


def append_text(path: Path, text: str) -> None:
    """Add ``text`` to the end of a file, durably.

    Raises:
        StorageError: the disk refuses.
    """
    try:
        with regular(path).open("ab") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from error
