"""The records of what was written: the hashes of its inputs, and of every file, so that we know our own again.

outputs.json in a folder that is ours (an evaluation, a comparison, a report of the gate), u.json beside a single u.npy.
Data sets, runs, preconditioners, baselines and exported files carry records of their own.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from surrogate.errors import InputError, SettingsError
from surrogate.files import UNFINISHED, make_folder, publish_bytes, publish_json
from surrogate.outputs import OTHERS, STDOUT, Inputs, emit, place, refuse_terminal
from surrogate.reading import read_bytes, read_json, sha256
from surrogate.spaces import Frozen

LEDGER = "outputs.json"

_LARGEST_RECORD = 2**20


class Record(Frozen):
    """What a command wrote.

    ``made_from`` are the hashes of its inputs and the settings that decide the content. ``files`` holds, for each name,
    the SHA-256 of what was written last and of what it replaced, so that a kill between record and file does no harm.
    """

    schema_version: Literal[1] = 1
    command: str
    made_from: dict[str, str]
    files: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    def knows(self, path: Path) -> bool:
        """Return whether the file is as it was written."""
        return path.name in self.files and sha256(path) in self.files[path.name]

    def with_file(self, name: str, data: bytes) -> Record:
        """Return the record with a file that is about to be written."""
        fresh = hashlib.sha256(data).hexdigest()
        kept = [fresh, *(old for old in self.files.get(name, ()) if old != fresh)][:2]
        return self.model_copy(update={"files": self.files | {name: tuple(kept)}})


def claim(
    out: Path,
    record: Record,
    *,
    inputs: Inputs | None = None,
    overwrite: bool = False,
    renewed: Sequence[str] = (),
    former: Callable[[Path], Sequence[str]] = lambda folder: (),
    take: bool = True,
) -> Path:
    """Make ``out`` a folder of ours, for what ``record`` says it is made from; return it, links followed.

    Args:
        out: as the user gives it.
        record: the command and its inputs, without files.
        inputs: as of :func:`place`.
        overwrite: as of :func:`place`.
        renewed: names in ``made_from`` that may differ from those of before: these outputs follow them.
        former: the names of what an earlier version, which kept no record, wrote from the same inputs.
        take: make it ours now; else it is only looked whether it can be.

    Raises:
        SettingsError, StorageError, UsageError: as of :func:`place`.
    """

    def judge(folder: Path) -> str:
        earlier = read_record(folder / LEDGER)
        if earlier is None:
            names = sorted(entry.name for entry in folder.iterdir())
            held = next(name for name in names if not name.startswith(UNFINISHED))
            return "" if former(folder) else f"the folder holds '{held}' and nothing of ours"
        return _unlike(earlier, record, renewed)

    folder = place(out, "folder", inputs=inputs, overwrite=overwrite, ours=judge)
    if not take:
        return folder
    make_folder(folder)
    with _held(folder):
        earlier = read_record(folder / LEDGER)
        adopted = {name: (sha256(folder / name),) for name in former(folder)} if earlier is None else earlier.files
        fresh = record.model_copy(update={"files": adopted})
        if fresh != earlier:
            # A stranger's file of that name is not lost either.
            if earlier is None and (folder / LEDGER).exists() and not overwrite:
                raise SettingsError(f"{folder / LEDGER}: {OTHERS}; choose another folder")
            publish_json(folder / LEDGER, fresh.model_dump())
    return folder


def publish(path: Path, content: bytes | str, overwrite: bool = False) -> None:
    """Write a file into a folder of ours, known by the record there.

    Raises:
        SettingsError: a file of that name is there that the record does not know.
        StorageError: the disk refused.
    """
    data = content.encode() if isinstance(content, str) else content
    make_folder(path.parent)
    with _held(path.parent):
        ledger = path.with_name(LEDGER)
        record = read_record(ledger) or Record(command="", made_from={})
        strange = path.is_file() and not overwrite and not record.knows(path)
        if strange and (path.stat().st_size != len(data) or read_bytes(path, len(data)) != data):
            changed = "was changed after it was written" if path.name in record.files else OTHERS
            raise SettingsError(f"{path}: {changed}; move it, or replace it with overwrite=true")
        publish_json(ledger, record.with_file(path.name, data).model_dump())
        publish_bytes(path, data)


def publish_document(path: Path, value: Any, overwrite: bool = False) -> None:
    """Write JSON into a folder of ours, as :func:`publish` does; a NaN or an infinity is a ValueError."""
    publish(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", overwrite)


def beside(path: Path) -> Path:
    """Return where the record of a single file lies: ``u.json`` for ``u.npy``."""
    return path.with_suffix(".json") if path.suffix == ".npy" else path.with_name(f"{path.name}.json")


def place_single(out: Path, record: Callable[[], Record], *, inputs: Inputs, overwrite: bool) -> Path:
    """Return where a single file goes that is known by a record beside it; both must be new, or ours.

    Args:
        out: as the user gives it; standard output comes back as it is.
        record: gives the command and its inputs; asked only where something is there.
        inputs: as of :func:`place`.
        overwrite: as of :func:`place`.

    Raises:
        SettingsError, StorageError: as of :func:`place`.
        UsageError: standard output is a terminal.
    """
    if out == STDOUT:
        refuse_terminal()
        return out

    def judge(path: Path) -> str:
        earlier = read_record(beside(path))
        if earlier is None:
            return OTHERS
        if not earlier.knows(path):
            return "was changed after it was written" if path.name in earlier.files else OTHERS
        return _unlike(earlier, record())

    def judge_record(path: Path) -> str:
        earlier = read_record(path)
        return OTHERS if earlier is None else _unlike(earlier, record())

    path = place(out, "file", inputs=inputs, overwrite=overwrite, ours=judge)
    place(beside(path), "file", inputs=inputs, overwrite=overwrite, ours=judge_record)
    return path


def publish_single(path: Path, data: bytes, record: Record, figures: Mapping[str, Any]) -> None:
    """Write a single file with its record and ``figures`` beside it; to standard output it goes alone.

    Raises:
        StorageError: the disk refused.
    """
    if path == STDOUT:
        emit(data)
        return
    make_folder(path.parent)
    former = read_record(beside(path))
    known = record if former is None else record.model_copy(update={"files": former.files})
    publish_json(beside(path), {**figures, "record": known.with_file(path.name, data).model_dump()})
    publish_bytes(path, data)


def read_record(path: Path) -> Record | None:
    """Return the record in a JSON file, on top or under the name ``record``; None where there is none of ours."""
    try:
        tree = read_json(path, _LARGEST_RECORD)
        held = tree.get("record", tree) if isinstance(tree, dict) else None
        return Record.model_validate_json(json.dumps(held))
    except (InputError, ValidationError):
        return None


def fingerprint(path: Path | None) -> str:
    """Return the SHA-256 of a file, and a word for one that is not there."""
    return "none" if path is None else sha256(path) if path.is_file() else "absent"


def _unlike(earlier: Record, record: Record, renewed: Sequence[str] = ()) -> str:
    """Return in words in what the inputs of two records differ; nothing where they do not."""
    if earlier.command != record.command:
        return f"holds what surrogate {earlier.command} wrote" if earlier.command else OTHERS
    there, here = earlier.made_from, record.made_from
    differing = [key for key in sorted(there.keys() | here.keys()) if there.get(key) != here.get(key)]
    differing = [key for key in differing if key not in renewed]
    return f"is ours, but was made with another {', another '.join(differing)}" if differing else ""


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Keep other commands from the record of a folder for a moment."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
