"""Standard streams that nothing can end a command through: closed ones are opened, a reader may leave, a disk be full.

What was to be shown is lost then; the work goes on, and its exit code is its own.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from typing import Any, TextIO

# A pipe without a reader; a terminal, or a connection, that is gone.
_READER_LEFT = frozenset({errno.EPIPE, errno.EIO, errno.ECONNRESET, errno.ESHUTDOWN})
_STANDARD = (0, 1, 2)


class _Output(io.FileIO):
    """A descriptor that is written to until it refuses; from then on, to nothing. ``refused`` says why."""

    refused: OSError | None = None

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except BlockingIOError:
            raise
        except OSError as error:
            self.refused = error
            _lead_nowhere(self.fileno())
            return memoryview(data).nbytes


def prepare() -> None:
    """Make the standard streams of this process such that writing to them never fails; to be called first."""
    for number in _STANDARD:
        try:
            os.fstat(number)
        except OSError:
            # Else the next file that is opened would take the number, and what is printed would go into it.
            _lead_nowhere(number)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - a descriptor, for good
    sys.stdout = _prepared(sys.stdout, 1)
    sys.stderr = _prepared(sys.stderr, 2)


def lost() -> OSError | None:
    """Return why what was printed did not arrive, where a reader that left is not the reason; None where it did."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    raw = _raw(sys.stdout)
    refused = None if raw is None else raw.refused
    return None if refused is None or refused.errno in _READER_LEFT else refused


def _prepared(stream: TextIO | None, number: int) -> TextIO:
    if stream is not None and _raw(stream) is not None:
        return stream
    if stream is not None:
        with contextlib.suppress(OSError):
            stream.flush()
    at_once = stream is not None and (stream.isatty() or getattr(stream, "write_through", False))
    return io.TextIOWrapper(
        io.BufferedWriter(_Output(number, "w", closefd=False)),
        encoding="utf-8" if stream is None else stream.encoding,
        errors="backslashreplace" if stream is None or number == 2 else stream.errors,
        line_buffering=at_once or number == 2,
    )


def _raw(stream: TextIO) -> _Output | None:
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw if isinstance(raw, _Output) else None


def _lead_nowhere(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, number)  # also makes it one that a child inherits
    if nowhere != number:
        os.close(nowhere)
