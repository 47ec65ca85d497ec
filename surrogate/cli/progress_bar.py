"""How far long work is, and when it will be done; imported when some begins, for it takes rich's own progress."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from surrogate.interface.readable import duration

_PLAIN_EVERY = 5.0  # seconds between two plain progress lines


@contextmanager
def progress_bar(
    console: Console, plain: Callable[[str], str], label: str, total: int
) -> Iterator[Callable[[int, str], None]]:
    """Give ``show(done, text)``: a bar with ETA on a terminal, a line now and then elsewhere.

    Args:
        console: where it is shown.
        plain: makes a text one that neither rich nor a terminal obeys.
        label: what is done.
        total: how much of it there is.
    """
    pace = _Pace(total)
    if console.is_terminal and not console.is_dumb_terminal and not os.environ.get("CI"):
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
        with Progress(*columns, TextColumn("{task.fields[text]}"), TimeElapsedColumn(), pace, console=console) as bar:
            task = bar.add_task(plain(label), total=total, text="")

            def move(done: int, text: str) -> None:
                pace.note(done)
                bar.update(task, completed=done, text=plain(text))

            yield move
        return
    last = [float("-inf")]

    def show(done: int, text: str) -> None:
        pace.note(done)
        if time.monotonic() - last[0] < _PLAIN_EVERY and done < total:
            return
        last[0] = time.monotonic()
        console.print(plain("  ".join(part for part in (f"{label} {done}/{total}", text, pace.left()) if part)))

    yield show


class _Pace(ProgressColumn):
    """The time that is left, from what was done since the first note. Rich's own column forgets after 30 seconds."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self.total = total
        self.start = self.at = time.monotonic()
        self.first: int | None = None
        self.done = 0

    def note(self, done: int) -> None:
        self.first = done if self.first is None else self.first
        self.done, self.at = done, time.monotonic()

    def left(self) -> str:
        """Return ``eta 3:07``, counting down between two notes; empty before anything was done, and at the end."""
        fresh = self.done - (self.first or 0)
        if not fresh or self.done >= self.total:
            return ""
        seconds = (self.at - self.start) * (self.total - self.done) / fresh
        return f"eta {duration(max(0.0, seconds - (time.monotonic() - self.at)))}"

    def render(self, task: Task) -> Text:
        return Text(self.left(), style="progress.remaining")
