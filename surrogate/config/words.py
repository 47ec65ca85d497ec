"""The KEY=VALUE words of a command line, before Hydra parses them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from surrogate.errors import UsageError, shown
from surrogate.kinds import SOLVER

# Paths are values, never groups: Hydra's grammar must not see their brackets, commas and equal signs.
PATH_KEYS = frozenset(
    {"data", "run", "out", "input", "points", "resume", "init", "baseline", "artefact", "preconditioner"}
) | {
    "predictions",
    "predictor",
}
# Those of one command, which are something else to another.
PATH_KEYS_OF = {"generate": frozenset({"inputs"})}
# Lists of paths, [a,b]: a comma ends a path.
PATH_LIST_KEYS = frozenset({"runs", "ensemble"})
# Lists that are written without brackets, a,b: what they say of a foreign file is never a sweep. Names are quoted.
_NAME_LIST_KEYS = frozenset({"inputs", "outputs"})
_BARE_LIST_KEYS = _NAME_LIST_KEYS | {"axes", "lengths", "boundary", "placement", "times", "split"}
# What of Hydra's own a user may set: the rest (folders, logging, chdir) is ours.
_OPEN_TO_USERS = ("hydra/launcher", "hydra/sweeper", "hydra.launcher.", "hydra.sweeper.")


def split_word(word: str) -> tuple[str, str]:
    """Return ``KEY=VALUE`` as a pair; the value of a bare ``~KEY`` is empty.

    Raises:
        UsageError: the word is neither.
    """
    key, equals, value = word.partition("=")
    if (not equals and not key.startswith("~")) or not key:
        raise UsageError(f"{shown(word)}: expected KEY=VALUE, for example seed=0")
    return key, value


def once(words: Sequence[str]) -> Sequence[str]:
    """Return the words, none of which says otherwise than another.

    Raises:
        UsageError: a key is given twice with two values, or a word is no KEY=VALUE.
    """
    before: dict[str, str] = {}
    for word in words:
        key, value = split_word(word)
        key = key.lstrip("+")
        if before.setdefault(key, value) != value:
            raise UsageError(f"{key}: given twice, as '{before[key]}' and as '{value}'; give it once")
    return words


def given(words: Sequence[str], key: str) -> str | None:
    """Return the last value given to ``key``, or None."""
    values = [value for word in words for name, value in [split_word(word)] if name == key]
    return values[-1] if values else None


def absolute(value: str) -> str:
    """Return a path as typed, with ``~`` expanded, against the current folder."""
    text = value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value
    return str(Path(text).expanduser().absolute())


def is_path(command: str | None, key: str) -> bool:
    """Return whether a key of a command takes a path."""
    return key in PATH_KEYS or key in PATH_KEYS_OF.get(command or "", ())


def is_word(key: str, value: str) -> bool:
    """Return whether a path is a word: ``-`` for standard output, ``solver``; what is called so is ``./-``."""
    return value == {"out": "-", "predictor": SOLVER, "runs": SOLVER}.get(key)


def quoted(text: str) -> str:
    """Return ``text`` so that Hydra and OmegaConf read exactly it."""
    escaped = text.replace("'", "\\'").replace("${", "\\${")
    # A backslash before the closing quote would escape it.
    trailing = len(escaped) - len(escaped.rstrip("\\"))
    return f"'{escaped}{chr(92) * trailing}'"


def prepared(words: Sequence[str], command: str | None = None) -> list[str]:
    """Return the words with paths made absolute and quoted, and Hydra's own settings refused.

    A word that is a name alone is the noun of ``command``: :mod:`surrogate.config.nouns`.

    Raises:
        UsageError: a word is no KEY=VALUE, an empty path, sets something of Hydra's that is ours, or a key is given
            twice with two values.
    """
    ready = []
    if command is not None:
        from surrogate.config.nouns import spoken

        words = spoken(words, command)
    for word in once(words):
        key, value = split_word(word)
        plain = key.lstrip("+~")
        if plain.startswith(("hydra.", "hydra/", "hydra@")) and not plain.startswith(_OPEN_TO_USERS):
            raise UsageError(f"{shown(word)}: Hydra's own folders and logging are switched off; use out=FOLDER")
        if is_path(command, key) and value not in ("null", "None"):
            if not value:
                raise UsageError(f"{word}: expected a path after '{key}='")
            word = f"{key}={quoted(value if is_word(key, value) else absolute(value))}"
        elif key in PATH_LIST_KEYS and value not in ("null", "None"):
            paths = [path.strip() for path in value.removeprefix("[").removesuffix("]").split(",")]
            if not all(paths):
                raise UsageError(f"{word}: expected paths, as in {key}=[runs/a,runs/b]")
            word = f"{key}=[{','.join(quoted(path if is_word(key, path) else absolute(path)) for path in paths)}]"
        elif key in _BARE_LIST_KEYS and value and value not in ("null", "None") and value[0] not in "[{'\"":
            word = f"{key}={_listed(key, value)}"
        ready.append(word)
    return ready


def _listed(key: str, value: str) -> str:
    """Return a list that was written without brackets as Hydra reads it; one value stays one."""
    parts = [part.strip() for part in value.split(",")]
    texts = [quoted(part) if key in _NAME_LIST_KEYS or ":" in part else part for part in parts]
    return texts[0] if len(texts) == 1 else f"[{','.join(texts)}]"
