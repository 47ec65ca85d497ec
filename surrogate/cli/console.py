"""What a command shows: tables, progress with rate and ETA, one line for an error."""

from __future__ import annotations

import functools
import os
import shlex
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from json import dumps, loads
from pathlib import Path
from types import FrameType
from typing import Any, ParamSpec

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from surrogate.cli import memory, plugged
from surrogate.errors import SettingsError, Stopped, StorageError, SurrogateError, UsageError, visible
from surrogate.memory_limits import is_shortage, shortage


class Plain(Console):
    """A console that shows the characters of what it is given, and obeys none: names and titles come from files."""

    def render_str(self, text: str, **how: Any) -> Text:
        """Return ``text`` as rich prints it, with control characters made visible; lines stay lines."""
        return super().render_str(visible(text, keep="\n"), **how)

    def print_json(self, json: str | None = None, *, data: Any = None, **how: Any) -> None:
        """Print JSON, in ASCII where it holds what a terminal would obey."""
        text = dumps(data if json is None else loads(json), ensure_ascii=False)
        super().print_json(text, **{"ensure_ascii": visible(text, keep="\n") != text} | how)


# Figures go to standard output; what passes by (progress, notes, errors) to standard error.
# Without a terminal there is no width to fit into: a file or a pager takes whole rows.
# Under torchrun the first process speaks for all.
_FOLLOWS = "WORLD_SIZE" in os.environ and os.environ.get("RANK", "0") != "0"
_FITTED = sys.stdout is not None and sys.stdout.isatty()
out = Plain(highlight=False, emoji=False, soft_wrap=True, width=None if _FITTED else 160, quiet=_FOLLOWS)
err = Plain(stderr=True, highlight=False, emoji=False, soft_wrap=True, quiet=_FOLLOWS)

P = ParamSpec("P")


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """Return the command with errors as one line and the exit code that architecture decision 11 gives them."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            memory.take_little()
            with _interruptible():
                command(*args, **kwargs)
        except SurrogateError as error:
            # Every process meets what the settings say; a disk may be that of one alone.
            err.quiet = _FOLLOWS and isinstance(error, (SettingsError, Stopped, UsageError))
            fail(str(error))
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            fail("interrupted")
            raise typer.Exit(Stopped.exit_code) from None
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            raise typer.Exit(_unforeseen(error)) from None

    return run


def _unforeseen(error: Exception) -> int:
    """Tell of an error that is none of ours, and return its exit code."""
    if is_shortage(error):
        err.quiet = False
        fail(shortage(error))
        return SettingsError.exit_code
    if isinstance(error, OSError):
        fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        return StorageError.exit_code
    err.quiet = False
    err.print(escape("".join(traceback.format_exception(error))), end="")
    fail("this is a bug of surrogate, please report it with the lines above")
    return SurrogateError.exit_code


def _cell(text: str) -> str:
    """Return text for a place of one line, with nothing in it that rich or a terminal would obey."""
    return escape(visible(text))


def fail(message: str) -> None:
    """Print an error as one line, with paths as short as the user would type them."""
    message = message.replace(f"{Path.cwd()}{os.sep}", "")
    err.print(f"[bold red]error:[/] {_cell(' '.join(message.split()))}")


def make_way() -> None:
    """Print everything to standard error from here on: standard output is for a file."""
    out.stderr = True


def note(message: str) -> None:
    """Print something worth knowing that is not a result."""
    err.print(f"[dim]{_cell(message)}[/]")


def next_step(*words: str) -> None:
    """Print the command that one would type next, ``surrogate`` and these words, as a shell reads it.

    Folders of plug-ins that this command was given are given to it, too.
    """
    here, then = plugged.words(sys.argv[1:]), plugged.words(words)
    folders = list(dict.fromkeys((*here.folders, *then.folders)))
    line = ["surrogate", *plugged.Words(folders, then.rest).ordered]
    out.print(f"[dim]next:[/] [bold]{_cell(shlex.join(line))}[/]")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a small table, the first column to the left and the others to the right."""
    shape = Table(
        title=_cell(title), title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for position, column in enumerate(columns):
        shape.add_column(_cell(column), justify="left" if position == 0 else "right", header_style="dim")
    for row in rows:
        shape.add_row(*(_cell(cell) for cell in row))
    out.print(shape)


def figures(title: str, pairs: dict[str, str]) -> None:
    """Print named figures, one a line."""
    shape = Table(
        title=_cell(title), title_justify="left", title_style="bold", box=None, show_header=False, pad_edge=False
    )
    shape.add_column(style="dim")
    shape.add_column(overflow="fold")
    for name, value in pairs.items():
        shape.add_row(_cell(name), _cell(value))
    out.print(shape)


def yaml(tree: dict[str, Any]) -> None:
    """Print settings as YAML."""
    import yaml as writer

    out.print(writer.safe_dump(tree, sort_keys=False, allow_unicode=True), markup=False, end="")


def progress(label: str, total: int) -> AbstractContextManager[Callable[[int, str], None]]:
    """Give ``show(done, text)``: a bar with ETA on a terminal, a line now and then elsewhere.

    The first call says what was there before, for which no time of ours was needed.
    """
    from surrogate.cli.progress_bar import progress_bar

    return progress_bar(err, _cell, label, total)


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Give ``should_stop()``, true after the first Ctrl-C, SIGTERM or SIGHUP; a second one interrupts at once.

    A terminal that closes may say SIGHUP more than once: it never interrupts. Where it was ignored from the start
    (nohup), it is ignored.
    """
    received: list[int] = []

    def handler(number: int, frame: FrameType | None) -> None:
        if received and number != signal.SIGHUP:
            raise KeyboardInterrupt
        if not received:
            received.append(number)
            _note_at_once("stopping at the next safe point; once more to stop at once")

    with _handled(handler, (signal.SIGINT, signal.SIGTERM, *_unless_ignored(signal.SIGHUP))):
        yield lambda: bool(received)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Within it, SIGTERM and SIGHUP end a command as Ctrl-C does: with a word, and nothing half-written left."""

    def handler(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handled(handler, (*_unless_ignored(signal.SIGTERM), *_unless_ignored(signal.SIGHUP))):
        yield


def _unless_ignored(number: signal.Signals) -> tuple[signal.Signals, ...]:
    return () if signal.getsignal(number) is signal.SIG_IGN else (number,)


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None], numbers: Sequence[signal.Signals]) -> Iterator[None]:
    """Let ``handler`` answer the signals ``numbers`` for as long as this runs."""
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _note_at_once(message: str) -> None:
    """Print a note from within a signal handler, which may have come in the middle of a line that is being written."""
    try:
        note(message)
    except RuntimeError:
        with suppress(OSError):
            os.write(sys.stderr.fileno(), f"{message}\n".encode())
