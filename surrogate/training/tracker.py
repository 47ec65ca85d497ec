"""What the epochs of a run are told to: the trackers that its settings name."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from surrogate.errors import SettingsError, StorageError, shown
from surrogate.files import regular
from surrogate.predictors.runs import RECORD, read_record
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
            # An extra of ours is called as the tracker that needs it.
            wanted = f"'surrogate[{name}]'" if name in TRACKERS.own else package
            raise SettingsError(f"trainer.trackers: {name} needs the package {package}: pip install {wanted}")
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


class Surviving:
    """A tracker that ends no training: where it fails, that is told once and it is left alone.

    Args:
        name: of the tracker.
        folder: of the run.
        rows: the epochs that are done.
        tell: given the line that says why it is left alone.

    Raises:
        SettingsError: its package is there but cannot be imported.
    """

    def __init__(self, name: str, folder: Path, rows: Sequence[Row], tell: Callable[[str], None]) -> None:
        self.name, self.tell = name, tell
        self.tracker: EpochTracker | None = None
        with self._alone():
            self.tracker = open_tracker(name, folder, rows)

    def append(self, row: Row) -> None:
        """Hand the epoch on."""
        with self._alone():
            if self.tracker is not None:
                self.tracker.append(row)

    def close(self) -> None:
        """Let the tracker finish."""
        with self._alone():
            if self.tracker is not None:
                self.tracker.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            yield
        except SettingsError:
            raise
        except Exception as error:  # whatever a service, a disk or a library of strangers raises
            self.tracker = None
            why = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            self.tell(f"trainer.trackers: {self.name} failed and is left out from here on: {shown(why, 200)}")


def settings_of_run(folder: Path) -> dict[str, float | str | None]:
    """Return the settings of the run in ``folder`` under dotted names; none where it has no record.

    Raises:
        InputError: the record is damaged.
    """
    if not (folder / RECORD).is_file():
        return {}
    record = read_record(folder)
    return dict(_dotted(record.settings.model_dump(mode="json"), "")) | {"parameters": record.parameters}


def _dotted(node: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float | str | None]]:
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _dotted(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value if isinstance(value, int | float | str | None) else json.dumps(value)


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
