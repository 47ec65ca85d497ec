"""A worker: a process of its own that takes the parts of a planned data set that nobody has made, until all are there.

``python -P -m surrogate.datasets.worker FOLDER``. Workers know nothing of each other: the listing of the folder says
what is missing, and a lock that dies with its holder says what somebody is at. The lock is a hint: were a part made
twice, both would be the same bytes. A worker ends when its standard input closes, so it never outlives who started it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from surrogate.datasets import layout
from surrogate.datasets.plan import read_plan
from surrogate.datasets.samples import config_of, header_of, solve_part
from surrogate.datasets.store import encode
from surrogate.errors import Stopped, SurrogateError
from surrogate.files import make_folder, publish_bytes, storage_errors

_PAUSE = 0.2
_STANDARD_INPUT = 0


def work(folder: Path) -> None:
    """Make the missing parts of the data set that is planned in ``folder``.

    Raises:
        SurrogateError: a sample could not be solved, or a part not be stored.
    """
    plan = read_plan(folder)
    config = config_of(plan, folder)
    header = header_of(config)
    planned = list(plan.pieces())
    while waiting := layout.missing(folder, planned):
        made = False
        for piece in waiting:
            path = folder / piece.path
            with _claimed(folder, piece) as mine:
                if mine and not path.exists():
                    started = time.perf_counter()
                    part = solve_part(config, header, piece)
                    publish_bytes(path, encode(part))
                    _note_time(folder, piece, time.perf_counter() - started)
                    made = True
        if not made:
            time.sleep(_PAUSE)


@contextmanager
def _claimed(folder: Path, piece: layout.Piece) -> Iterator[bool]:
    claims = folder / layout.CLAIMS
    make_folder(claims)
    claim = claims / f"{piece.split}-{piece.number:05d}"
    with storage_errors(claim):
        handle = os.open(claim, os.O_RDWR | os.O_CREAT)
    try:
        yield _locked(handle)
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: work twice rather than not at all
        return True
    return True


def _note_time(folder: Path, piece: layout.Piece, seconds: float) -> None:
    line = {
        "part": piece.path,
        "samples": len(piece.indices),
        "seconds": round(seconds, 3),
        "host": hashlib.sha256(platform.node().encode()).hexdigest()[:12],
        "threads": torch.get_num_threads(),
    }
    path = folder / layout.TIMING
    with storage_errors(path), path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _end_with_parent() -> None:
    def wait() -> None:
        while os.read(_STANDARD_INPUT, 1):
            pass
        os._exit(Stopped.exit_code)

    threading.Thread(target=wait, daemon=True).start()


def main(folder: Path) -> int:
    """Work, and tell an error of ours to whoever started this process as one line of JSON; return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; who started us closes our input
    _end_with_parent()
    torch.set_num_threads(1)  # the number of threads changes the last bits of a sum
    try:
        work(folder)
    except SurrogateError as error:
        sys.stdout.write(json.dumps({"error": type(error).__name__, "message": str(error)}))
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
