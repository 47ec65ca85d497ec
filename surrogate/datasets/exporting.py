"""A data set in a format that others read: written beside its place, known by a record, and published as a whole."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from surrogate.datasets.dataset import Dataset
from surrogate.datasets.export_job import ExportJob
from surrogate.errors import SettingsError, StorageError, nearest
from surrogate.files import UNFINISHED, make_folder, publish_json, storage_errors, sync_folder, sync_tree
from surrogate.outputs import place
from surrogate.reading import sha256
from surrogate.registry import DATA_WRITERS
from surrogate.spaces import Task
from surrogate.written import LEDGER, Record, read_record

_COMMAND = "data export"
# How much more than the data set a format may take on the disk while it is written.
_ROOM = 2.2


@dataclass(frozen=True)
class Written:
    """A data set in another format.

    Attributes:
        path: the folder.
        files: names in it -> bytes.
        notes: what the format cannot say, a line each.
    """

    path: Path
    files: dict[str, int]
    notes: tuple[str, ...]


def export_data(
    dataset: Dataset,
    format: str,
    out: Path,
    task: Task | None = None,
    overwrite: bool = False,
    advance: Callable[[int], None] = lambda done: None,
) -> Written:
    """Write a data set in a foreign format into the folder ``out``; the same call again writes the same.

    One part is in memory at a time. The folder gets its name when all of it is written and synced; whoever is killed
    before leaves nothing under that name.

    Args:
        dataset: the data set; every byte is compared with its manifest.
        format: name of a module of ``surrogate.datasets.writers``.
        out: a new folder, or one that this command wrote before from the same data.
        task: of formats that hold inputs and outputs; None: that of the data set.
        overwrite: write over another folder; files in it of other names stay.
        advance: is given the number of samples that are written.

    Raises:
        SettingsError: no such format, one that cannot hold the data, or a folder that holds something else.
        InputError: a part is missing or damaged.
        StorageError: the disk refused, or has no room.
    """
    if format not in DATA_WRITERS:
        raise SettingsError(f"format: there is no data export format '{format}'{nearest(format, DATA_WRITERS.names())}")
    writer = DATA_WRITERS.module(format)
    refused: str | None = writer.refusal(dataset.spec)
    if refused is not None:
        raise SettingsError(f"format={format}: {refused}")
    made_from = {"data": dataset.hash, "format": format, "task": task or dataset.spec.task}
    record = Record(command=_COMMAND, made_from=made_from)
    out = place(
        out, "folder", inputs={"data": dataset.path}, overwrite=overwrite, ours=lambda path: _strange(path, record)
    )
    with _beside(out) as folder:
        _require_room(dataset, folder)
        with storage_errors(folder):
            notes: tuple[str, ...] = writer.write(ExportJob(dataset, folder, task or dataset.spec.task, advance))
            paths = sorted(path for path in folder.rglob("*") if path.is_file())
            hashes = {path.relative_to(folder).as_posix(): (sha256(path),) for path in paths}
            sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in paths}
        publish_json(folder / LEDGER, record.model_copy(update={"files": hashes}).model_dump())
        _put(folder, out)
    return Written(out, sizes, notes)


def _strange(folder: Path, record: Record) -> str:
    """Return why a folder is not ours from the same data; nothing where it is."""
    earlier = read_record(folder / LEDGER)
    if earlier is None or earlier.command != _COMMAND:
        return "exists and is not an export of data"
    differing = [key for key, value in record.made_from.items() if earlier.made_from.get(key) != value]
    return f"is ours, but was made with another {', another '.join(differing)}" if differing else ""


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """Give an empty folder beside ``out`` that nobody else writes into; it is gone afterwards."""
    folder = out.with_name(f"{UNFINISHED}export-{out.name}")
    make_folder(folder)
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(f"out: another command writes {out} now; wait for it") from None
        except OSError:  # a file system without locks
            pass
        with storage_errors(folder):
            for left in folder.iterdir():  # of one that was killed
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield folder
    finally:
        os.close(handle)
        shutil.rmtree(folder, ignore_errors=True)


def _require_room(dataset: Dataset, folder: Path) -> None:
    """Refuse a disk that will be full, as HDF5 does not survive one."""
    needed, free = _ROOM * sum(entry.size for entry in dataset.manifest.parts), shutil.disk_usage(folder).free
    if needed > free:
        raise StorageError(f"{folder.parent}: {free / 1e9:.1f} GB are free, expected {needed / 1e9:.1f} GB")


def _put(folder: Path, out: Path) -> None:
    """Make ``folder`` be ``out``; into one that is there its files go one by one, the record last."""
    with storage_errors(out):
        sync_tree(folder)
        if not out.exists() or not any(out.iterdir()):
            folder.replace(out)
        else:
            _merge(folder, out)
        sync_folder(out.parent)


def _merge(folder: Path, out: Path) -> None:
    earlier = read_record(out / LEDGER)
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    for name in [name for name in names if name != LEDGER] + [LEDGER]:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).replace(out / name)
    for name, known in (earlier.files if earlier is not None else {}).items():
        # What was written before and is no longer: nothing else is removed.
        path = out / name
        ours = name not in names and path.resolve().is_relative_to(out.resolve()) and path.is_file()
        if ours and sha256(path) in known:
            path.unlink()
