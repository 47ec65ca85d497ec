"""Files that are either whole or absent: written beside, synced, read back, renamed. No kill leaves half of one."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from surrogate.errors import StorageError

UNFINISHED = ".unfinished-"


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Within it, what the operating system refuses about ``path`` becomes a :class:`StorageError` of one line."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror or error}") from error


def publish_bytes(path: Path, data: bytes) -> None:
    """Make ``path`` hold ``data``, durably; the folder must exist.

    The bytes go to a neighbour of another name, are synced to the disk, read back and compared; then the
    neighbour is renamed to ``path`` and the folder synced. Whoever is killed, a reader sees the old file or the new.
    A link is followed; a device, a pipe, a socket or a folder is never replaced.

    Raises:
        StorageError: the disk refused, is full, or gave back other bytes.
    """
    with storage_errors(path):
        path = regular(path)
        beside = path.with_name(f"{UNFINISHED}{secrets.token_hex(8)}")
        try:
            _write_synced(beside, data)
            if beside.read_bytes() != data:
                raise StorageError(f"{path}: the disk gave back other bytes than were written")
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def regular(path: Path) -> Path:
    """Return where a file of that name lies or would lie, a link followed.

    Raises:
        StorageError: something is there that is no regular file.
        OSError: the operating system cannot say.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        pass
    else:
        if not stat.S_ISREG(mode):
            raise StorageError(f"{path}: is {kind_of(mode)}, which is never replaced by a file")
    return path.resolve() if path.is_symlink() else path


def kind_of(mode: int) -> str:
    """Return in words what a mode of ``stat`` belongs to."""
    kinds = {
        stat.S_IFREG: "a file",
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(mode), "no file")


def publish_text(path: Path, text: str) -> None:
    """Make ``path`` hold ``text`` in UTF-8, as :func:`publish_bytes` does."""
    publish_bytes(path, text.encode())


def publish_json(path: Path, value: Any) -> None:
    """Make ``path`` hold ``value`` as indented JSON, as :func:`publish_bytes` does.

    Raises:
        ValueError: the value holds a NaN or an infinity, which JSON has not.
    """
    publish_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def make_folder(path: Path) -> None:
    """Make the folder and those above it, where they are missing."""
    with storage_errors(path):
        path.mkdir(parents=True, exist_ok=True)


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed :func:`publish_bytes` left in ``folder``; to be called when nobody writes there."""
    for left in folder.glob(f"{UNFINISHED}*"):
        left.unlink(missing_ok=True)


def sync_tree(folder: Path) -> None:
    """Make the names in ``folder`` durable, and what lies in it, at any depth."""
    for path in folder.rglob("*"):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def is_locked(path: Path) -> bool:
    """Return whether another process has locked the file or folder ``path``; False where that cannot be seen."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        # Shared, and given back at once: nobody who looks is in the way of another who does.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False


def locked(handle: int) -> bool:
    """Lock an open file for this process, until it closes it or dies; False where another holds it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: go on, what two do at once is the same
        return True
    return True
