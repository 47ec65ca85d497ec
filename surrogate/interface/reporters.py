"""Who is told how far long work is: nobody in a script, somebody in front of an interpreter, the command line."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from surrogate.interface.readable import duration

_EVERY = 2.0  # seconds between two lines

Advance = Callable[[int, str], None]


class Reporter(Protocol):
    """Is told what goes on. The module ``surrogate.cli.console`` is one, with bars, Ctrl-C and exit codes."""

    def note(self, message: str) -> None:
        """Tell something worth knowing that is not a result."""

    def progress(self, label: str, total: int) -> AbstractContextManager[Advance]:
        """Give ``advance(done, text)``, whose first call says what was there before."""

    def stoppable(self) -> AbstractContextManager[Callable[[], bool]]:
        """Give ``should_stop()``, asked at every safe point."""


class Silent:
    """Tells nobody; Ctrl-C interrupts as it does elsewhere in Python."""

    def note(self, message: str) -> None:
        """Let it be."""

    @contextmanager
    def progress(self, label: str, total: int) -> Iterator[Advance]:
        """Give what does nothing."""
        yield lambda done, text: None

    @contextmanager
    def stoppable(self) -> Iterator[Callable[[], bool]]:
        """Give what never stops."""
        yield lambda: False


class Lines(Silent):
    """Writes a line to standard error now and then, with what is done, how fast, and how long it will still take."""

    def note(self, message: str) -> None:
        """Write it."""
        sys.stderr.write(f"{message}\n")

    @contextmanager
    def progress(self, label: str, total: int) -> Iterator[Advance]:
        """Give what writes a line, every two seconds at most."""
        start, first, last = time.monotonic(), list[int](), [float("-inf")]

        def advance(done: int, text: str) -> None:
            first[:] = first or [done]
            now = time.monotonic()
            if now - last[0] < _EVERY and done < total:
                return
            last[0] = now
            fresh = done - first[0]
            left = f"eta {duration((now - start) * (total - done) / fresh)}" if fresh and done < total else ""
            self.note("  ".join(part for part in (f"{label} {done}/{total}", text, left) if part))

        yield advance


def reporter_for(given: Reporter | None) -> Reporter:
    """Return the reporter that was given; without one, a person in front of an interpreter or a notebook is told."""
    if given is not None:
        return given
    return Lines() if hasattr(sys, "ps1") else Silent()
