"""The errors a user can cause, each with the exit code of the command that meets it.

    SurrogateError
    ├── UsageError      2   a word on the command line that nothing answers to
    ├── InputError     65   a file whose content is not what it should be
    │   └── DamageError     and that once was: its hash is known; nothing goes on without it
    ├── SolverError    70   a solver that missed its tolerance: the numbers are refused
    ├── StorageError   74   the disk, or the rights on it
    ├── Stopped        75   interrupted; the same command goes on from where it stood
    └── SettingsError  78   settings that cannot be, or that differ from those on disk
        └── UnknownName     and that name what is not here

Any other exception is a bug of ours and exits with 70.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

_SUGGESTED = 4  # names in one suggestion
_PARTS = 8  # names that hold the word as a part
_LISTED = 12  # names of a list of what is known
# Control characters (C0, DEL, C1), what changes the direction of text or hides in it, line and paragraph separators,
# and the halves of pairs that stand for bytes which are no text. The joiners of scripts and emoji stay.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_LONGEST_MESSAGE = 1000


def visible(text: str, keep: str = "") -> str:
    r"""Return ``text`` with every character that a terminal would obey, rather than show, written as ``\x1b``.

    Args:
        text: anything, such as a name that a file gives.
        keep: characters that stay as they are, such as a line's end where there may be several lines.
    """
    return _UNSEEN.sub(lambda match: match[0] if match[0] in keep else _escaped(match[0]), text)


def shown(value: object, most: int = 60) -> str:
    """Return a value that somebody gave, as a part of a line: as Python writes it, cut to about ``most`` characters."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except (ValueError, RecursionError):  # a number of more digits than Python writes, a list that holds itself
        text = f"a {type(value).__name__} too large to show"
    text = visible(text)
    text = text if len(text) <= most else f"{text[: most - 1]}…"
    return f"'{text}'" if isinstance(value, str) else text


def typed(value: object) -> str:
    """Return a value that somebody gave as one types it, as a part of a line: null, true, and else as :func:`shown`."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else shown(value)


class SurrogateError(Exception):
    """One line for the user: what, where, what was expected; made visible, whatever a file or a library put into it."""

    exit_code = 70

    def __init__(self, message: str = "") -> None:
        line = visible(" ".join(message.split()))
        super().__init__(line if len(line) <= _LONGEST_MESSAGE else f"{line[: _LONGEST_MESSAGE - 1]}…")


class UsageError(SurrogateError):
    exit_code = 2


class InputError(SurrogateError):
    exit_code = 65


class DamageError(InputError):
    """A file is not as it was written: no reason to leave out what it holds."""


class SolverError(SurrogateError):
    exit_code = 70


class StorageError(SurrogateError):
    exit_code = 74


class Stopped(SurrogateError):
    exit_code = 75


class SettingsError(SurrogateError):
    exit_code = 78


class UnknownName(SettingsError):
    """A ``name`` that no module of ours or of a plug-in has, where one of a ``kind`` was meant.

    Args:
        kind: such as ``model``.
        name: what was given.
        hint: what may have been meant, said where somebody gave the name.
    """

    def __init__(self, kind: str, name: object, hint: str) -> None:
        super().__init__(f"there is no {kind} {shown(name)}{hint}")
        self.kind, self.name = kind, name

    def of_record(self) -> str:
        """Return what to say where a record has the name: it was right when it was written."""
        return (
            f"was made with the {self.kind} {shown(self.name)}, a plug-in that is not here;"
            " give its folder by --plugins FOLDER, or install its package"
        )


def _escaped(letter: str) -> str:
    number = ord(letter)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known words most like ``word``, or the first few of those known."""
    names = sorted({name for name in known if name != word})
    if alike := similar(word, names):
        return f"; did you mean {alternatives(alike)}?"
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"; known: {', '.join(names[:_LISTED])}{more}" if names else ""


def similar(word: str, known: Iterable[str], cutoff: float = 0.6) -> list[str]:
    """Return the known words like ``word``: those with it as a part, or else up to four of nearly its letters."""
    letters = {name.lower(): name for name in sorted(known) if name != word}
    if parts := [name for key, name in letters.items() if len(word) > 1 and word.lower() in re.split(r"[_\W]+", key)]:
        return parts[:_PARTS]
    close = [letters[name] for name in difflib.get_close_matches(word.lower(), letters, n=_SUGGESTED, cutoff=cutoff)]
    # One slip of the pen leaves no doubt; what is less alike is one of several.
    return close[:1] if close and _likeness(word, close[0]) >= 0.75 else close


def alternatives(names: Sequence[str], word: str = "or") -> str:
    """Return ``'a'``, ``'a' or 'b'``, ``'a', 'b' or 'c'``."""
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {word} {quoted[-1]}"


def _likeness(word: str, name: str) -> float:
    return difflib.SequenceMatcher(None, word.lower(), name.lower()).ratio()


def some(complaints: Sequence[str], most: int = 4) -> str:
    """Return the first few complaints on one line, and how many more there are."""
    rest = len(complaints) - most
    return "; ".join(complaints[:most]) + (f" and {rest} more" if rest > 0 else "")
