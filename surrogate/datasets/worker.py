"""A worker: a process of its own that takes the parts of a planned data set that nobody has made, until all are there.

``python -P -m surrogate.datasets.worker FOLDER``. Workers know nothing of each other: the listing of the folder says
what is missing, and a lock that dies with its holder says what somebody is at. The lock is a hint: were a part made
twice, both would be the same bytes. A worker ends when its standard input closes, so it never outlives who started it;
with ``--job`` it has no such input, as on a cluster, and ends when the process that started it is gone.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from surrogate.datasets import layout, quarantine
from surrogate.datasets.plan import read_plan
from surrogate.datasets.samples import Bench, config_of, header_of, solve_part
from surrogate.datasets.store import encode
from surrogate.environment import choose_device
from surrogate.errors import SettingsError, Stopped, SurrogateError
from surrogate.files import locked, make_folder, publish_bytes, regular, storage_errors
from surrogate.integrity import sealed_line
from surrogate.memory_limits import is_shortage, shortage

_PAUSE = 0.2
_ORPHANED = 1.0
_STANDARD_INPUT = 0


def work(folder: Path, bench: Bench) -> None:
    """Make the missing parts of the data set that is planned in ``folder``.

    Raises:
        SurrogateError: too many samples could not be solved, or a part not be stored.
    """

    def refuse(failure: quarantine.Failure) -> None:
        quarantine.put(folder, failure)
        quarantine.refuse_many(folder, plan.count)

    plan = read_plan(folder)
    choose_device(bench.device)
    config = config_of(plan, folder)
    header = header_of(config)
    planned = list(plan.pieces())
    while waiting := layout.missing(folder, planned):
        made = False
        for piece in waiting:
            path = folder / piece.path
            with _claimed(folder, piece) as mine:
                if mine and layout.missing(folder, [piece]):
                    started = time.perf_counter()
                    part = solve_part(config, header, piece, bench, refuse)
                    if part is not None:
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
        try:
            handle = os.open(claim, os.O_RDWR | os.O_CREAT)
        except FileNotFoundError:  # another command has finished the data set in this moment, and cleared up
            yield False
            return
    try:
        yield locked(handle)
    finally:
        os.close(handle)


def _note_time(folder: Path, piece: layout.Piece, seconds: float) -> None:
    line = {
        "part": piece.path,
        "samples": len(piece.indices),
        "seconds": round(seconds, 3),
        "host": hashlib.sha256(platform.node().encode()).hexdigest()[:12],
        "threads": torch.get_num_threads(),
    }
    path = folder / layout.TIMING
    with storage_errors(path), regular(path).open("a", encoding="utf-8") as file:
        file.write(sealed_line(line))


def _watch(ended: Callable[[], bool]) -> None:
    def wait() -> None:
        while not ended():
            pass
        os._exit(Stopped.exit_code)

    threading.Thread(target=wait, daemon=True).start()


def _input_closed() -> bool:
    return not os.read(_STANDARD_INPUT, 1)


def _orphaned(parent: int) -> bool:
    time.sleep(_ORPHANED)
    return os.getppid() != parent


def _reply(error: SurrogateError) -> int:
    sys.stdout.write(json.dumps({"error": type(error).__name__, "message": str(error)}) + "\n")
    return error.exit_code


def main(words: list[str]) -> int:
    """Work, and tell an error of ours to whoever started this process as one line of JSON; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -P -m surrogate.datasets.worker")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--block", type=int)
    parser.add_argument("--job", action="store_true")
    given = parser.parse_args(words)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; who started us closes our input
    _watch(functools.partial(_orphaned, os.getppid()) if given.job else _input_closed)
    torch.set_num_threads(1)  # the number of threads changes the last bits of a sum
    try:
        work(given.folder, Bench(given.device, given.block))
    except SurrogateError as error:
        return _reply(error)
    except (MemoryError, RuntimeError, OSError, ImportError) as error:
        if not is_shortage(error):
            raise
        return _reply(SettingsError(shortage(error)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
