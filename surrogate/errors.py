"""The errors a user can cause, each with the exit code of the command that meets it.

    SurrogateError
    ├── UsageError      2   a word on the command line that nothing answers to
    ├── InputError     65   a file whose content is not what it should be
    ├── SolverError    70   a solver that missed its tolerance: the numbers are refused
    ├── StorageError   74   the disk, or the rights on it
    ├── Stopped        75   interrupted; the same command goes on from where it stood
    └── SettingsError  78   settings that cannot be, or that differ from those on disk

Any other exception is a bug of ours and exits with 70.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class SurrogateError(Exception):
    """One line for the user: what, where, what was expected."""

    exit_code = 70


class UsageError(SurrogateError):
    exit_code = 2


class InputError(SurrogateError):
    exit_code = 65


class SolverError(SurrogateError):
    exit_code = 70


class StorageError(SurrogateError):
    exit_code = 74


class Stopped(SurrogateError):
    exit_code = 75


class SettingsError(SurrogateError):
    exit_code = 78


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known word most like ``word``, or the list of those known."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known: {', '.join(names)}" if names else ""


def some(complaints: Sequence[str], most: int = 4) -> str:
    """Return the first few complaints on one line, and how many more there are."""
    rest = len(complaints) - most
    return "; ".join(complaints[:most]) + (f" and {rest} more" if rest > 0 else "")
