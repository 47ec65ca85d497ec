"""Where an output goes: a new name, or what a record shows to be ours from the same inputs. Anything else is refused.

Every command asks :func:`place` before it works; :mod:`surrogate.written` keeps the records.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from surrogate.errors import SettingsError, StorageError, UsageError
from surrogate.files import UNFINISHED, kind_of

STDOUT = Path("-")
OTHERS = "exists and is not ours"

# What is read, under the names that a user gives it: never written.
Inputs = Mapping[str, Path | Sequence[Path] | None]
# Of what exists: "" where a record shows it to be ours from the same inputs, else in words why it is not replaced.
Judge = Callable[[Path], str]


def strangers(path: Path) -> str:
    """Judge that nothing is ours."""
    return OTHERS


def place(
    out: Path,
    kind: Literal["file", "folder"],
    *,
    inputs: Inputs | None = None,
    overwrite: bool = False,
    ours: Judge = strangers,
    key: str = "out",
) -> Path:
    """Return where an output that the user calls ``out`` goes, links followed; nothing is made or changed.

    Args:
        out: as the user gives it.
        kind: what will be written there.
        inputs: what the command reads: never written, nor a file of it, nor anything into a data set.
        overwrite: replace what is there and is not ours.
        ours: asked where something is there; an empty folder is new.
        key: the setting that names it.

    Raises:
        SettingsError: something else is there, or it is an input.
        StorageError: nothing can be written there.
        UsageError: ``out`` is standard output.
    """
    if out == STDOUT:
        raise UsageError(f"out=-: standard output takes a single file, and this command writes a {kind}; give a name")
    mode = _mode(out)
    path = out.resolve()
    linked = path != Path(os.path.normpath(out.absolute()))
    named = f"{key}={out} (a link to {path})" if linked else f"{key}={out}"
    if mode is not None and not (stat.S_ISREG if kind == "file" else stat.S_ISDIR)(mode):
        hint = "; out=- writes to standard output" if "/dev/" in f"{out}" and kind == "file" else ""
        raise SettingsError(f"{named}: is {kind_of(mode)}; expected a {kind} or nothing{hint}")
    there = mode is not None and (kind == "file" or _holds_something(path))
    complaint = ours(path) if there else ""
    foreign = complaint == OTHERS if kind == "file" else bool(complaint)
    _refuse_inputs(named, path, kind, inputs or {}, foreign)
    if complaint and not overwrite:
        what = "replace it with overwrite=true" if kind == "file" else "write into it with overwrite=true"
        raise SettingsError(f"{named}: {complaint}; choose another name, or {what}")
    _refuse_unwritable(path if kind == "folder" else path.parent, named)
    return path


def refuse_terminal() -> None:
    """Refuse to send a file to a terminal.

    Raises:
        UsageError: standard output is one.
    """
    if sys.stdout.isatty():
        raise UsageError("out=-: standard output is a terminal; send it to a file or to a program")


def emit(data: bytes) -> None:
    """Write ``data`` to standard output."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _mode(out: Path) -> int | None:
    try:
        return out.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"out={out}: {error.strerror}") from error


def _refuse_inputs(named: str, path: Path, kind: str, inputs: Inputs, foreign: bool) -> None:
    """Refuse an input, a file that is part of one, and whatever lies in a data set that is read."""
    for key, given in inputs.items():
        for source in () if given is None else (given,) if isinstance(given, Path) else given:
            if not source.exists():
                continue
            if path.exists() and path.samefile(source):
                raise SettingsError(f"{named}: is the input {key}={source}, which is never written; choose another")
            if any(parent.exists() and parent.samefile(source) for parent in path.parents):
                if foreign and kind == "file":
                    raise SettingsError(f"{named}: is part of the input {key}={source}; choose another name")
                if (source / "manifest.json").exists() or (source / "plan.json").exists():
                    raise SettingsError(f"{named}: lies inside the data set {key}={source}; choose a place outside")
            if foreign and kind == "folder" and source.resolve().is_relative_to(path):
                raise SettingsError(f"{named}: holds the input {key}={source} and nothing of ours; choose another")


def _refuse_unwritable(folder: Path, named: str) -> None:
    """Refuse a folder that cannot be written to or made."""
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not there.is_dir():
        raise StorageError(f"{named}: {there} is a file, expected a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise StorageError(f"{named}: no right to write in {there}")


def _names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def _holds_something(folder: Path) -> bool:
    return any(not name.startswith(UNFINISHED) for name in _names(folder))
