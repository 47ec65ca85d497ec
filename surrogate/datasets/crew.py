"""A crew: worker processes that are started, watched, replaced when they die, and ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from surrogate.datasets.samples import Bench
from surrogate.errors import SurrogateError

_STRIKES = 3
# More than one thread would change the last bits of a sum, and workers would fight for the cores.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONSAFEPATH": "1"}
_ERRORS = {kind.__name__: kind for kind in SurrogateError.__subclasses__()}


def command(folder: Path, bench: Bench) -> list[str]:
    """Return the command line of a worker; Python's own path, so that no module of the current folder is taken."""
    words = [sys.executable, "-P", "-m", "surrogate.datasets.worker", str(folder), "--device", bench.device]
    return words if bench.block is None else [*words, "--block", str(bench.block)]


def refusal(output: bytes | str) -> SurrogateError | None:
    """Return the error of ours that a worker printed, if it is one."""
    try:
        reply = json.loads(output)
        return _ERRORS[reply["error"]](reply["message"])
    except (ValueError, KeyError, TypeError):
        return None


class Crew:
    """``size`` workers on the data set planned in ``folder``, each a process of its own: one dying harms no other."""

    pause = 0.05
    farewell = "the same command goes on from there"

    def __init__(self, folder: Path, size: int, bench: Bench) -> None:
        self.command = command(folder, bench)
        self.folder = folder
        self.workers = [_Worker(folder, self.command) for _ in range(size)]
        self.strikes = 0
        self.done = 0

    def tend(self, done: int) -> None:
        """Replace the workers that died; ``done`` is the number of parts there are.

        Raises:
            SurrogateError: what a worker refused; or workers were killed three times and no part came between.
            RuntimeError: a worker met a bug of ours three times; the message holds its traceback.
        """
        if done > self.done:
            self.done, self.strikes = done, 0
        for place, worker in enumerate(self.workers):
            code = worker.process.poll()
            if code is None:
                continue
            refused = worker.refused()
            if refused is not None:
                raise refused
            self.strikes += code != 0
            if self.strikes >= _STRIKES:
                raise worker.death(code)
            worker.end()
            self.workers[place] = _Worker(self.folder, self.command)

    def dismiss(self) -> None:
        """Nothing needs to be waited for."""

    def close(self) -> None:
        """End every worker at once; what they have published stays, what they are at is lost."""
        for worker in self.workers:
            worker.end()


class _Worker:
    def __init__(self, folder: Path, command: list[str]) -> None:
        self.folder = folder
        self.output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by end()
        self.complained: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by end()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=self.output,
            stderr=self.complained,
            env=os.environ | ENVIRONMENT,
        )

    def refused(self) -> SurrogateError | None:
        """Return the error of ours that it ended with, if it did."""
        self.output.seek(0)
        return refusal(self.output.read())

    def death(self, code: int) -> Exception:
        """Return the error that says how it died."""
        self.complained.seek(0)
        traceback = self.complained.read().decode(errors="replace").strip()
        if code > 0 and traceback:
            return RuntimeError(f"a worker failed {_STRIKES} times in a row:\n{traceback}")
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return SurrogateError(
            f"{self.folder}: workers died {_STRIKES} times in a row ({how}), for want of memory?"
            " The parts that are done are kept; give the same command again, with fewer workers"
        )

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.output, self.complained):
            if stream:
                stream.close()
