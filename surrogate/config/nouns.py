"""One grammar for every command: a bare first word is the command's noun, and KEY=VALUE words follow.

``surrogate train data/x seed=1`` is ``surrogate train data=data/x seed=1``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from surrogate.config.resources import is_choice
from surrogate.config.words import PATH_LIST_KEYS, absolute, is_path, split_word
from surrogate.errors import UsageError, alternatives, shown
from surrogate.kinds import DATASET, EXPORTED, FILE, PRECONDITIONER, RUN, SOLVER, kind_of

# What the bare word of a command sets: of several keys the one whose kind of thing lies there, else the first.
NOUNS: dict[str, tuple[str, ...]] = {
    "generate": ("recipe",),
    "preview": ("recipe", "data"),
    "train": ("data",),
    "tune": ("data",),
    "eval": ("run", "artefact", "predictions", "predictor"),
    "compare": ("runs",),
    "export": ("run",),
    "predict": ("run",),
    "solve": ("run", "data", "preconditioner"),
    "precondition": ("data",),
    "convert": ("input",),
    "data_check": ("data",),
    "data_export": ("data",),
    "gate": ("run",),
    "run": ("experiment",),
    "new": (),
    "check": ("name",),
}
KINDS = {"data": DATASET, "run": RUN, "preconditioner": PRECONDITIONER, "artefact": EXPORTED, "predictor": SOLVER}
KINDS |= {"resume": RUN, "init": RUN, "input": FILE, "predictions": FILE}
GROUPS = ("recipe", "experiment")
# Commands that read the settings of another one.
READS = {"preview": "generate"}


def spoken(words: Sequence[str], command: str) -> list[str]:
    """Return the words, the bare one among them as the KEY=VALUE that it is short for.

    Raises:
        UsageError: a bare word is no noun of the command, with what it may have meant; or there are several.
    """
    bare, others = parted(words, command)
    if not bare:
        return others
    noun = bare[0]
    if len(bare) > 1:
        raise UsageError(_several(bare, command))
    key = _key(noun, command)
    same = [word for word in others if split_word(word)[0] == key and _same(command, key, noun, split_word(word)[1])]
    return others if same else [f"{key}={noun}", *others]


def parted(words: Sequence[str], command: str) -> tuple[list[str], list[str]]:
    """Return the bare words, and those that are KEY=VALUE.

    Raises:
        UsageError: a bare word is one half of a KEY=VALUE.
    """
    bare = [word for word in words if _is_bare(word, command)]
    for place, word in enumerate(words):
        if word in bare and (line := _slip(words, place, command)):
            raise UsageError(line)
    return bare, [word for word in words if word not in bare]


def _is_bare(word: str, command: str) -> bool:
    """Return whether a word is a name or a path: it has no ``=``, or is a path that has one and no setting."""
    key, equals, _ = word.partition("=")
    if not equals or word.startswith(("/", "./", "../", "~/")):
        return not word.startswith("~") or word.startswith("~/")
    folder = _exists(str(Path(word).parent)) if "/" in key and not key.startswith("hydra/") else False
    return (folder or _exists(word)) and key not in _keys(command)


def _exists(word: str) -> bool:
    """Return whether there is something at a path; a name that no file can have leads to nothing."""
    try:
        return Path(absolute(word)).exists()
    except (OSError, ValueError, RuntimeError):
        return False


def _key(noun: str, command: str) -> str:
    """Return which key of the command the bare word sets."""
    keys = NOUNS.get(command, ())
    there = _exists(noun)
    if _is_chosen(noun, command):
        return keys[0]
    kind = kind_of(Path(absolute(noun))) if there else SOLVER if noun == SOLVER else None
    if fitting := [key for key in keys if kind is not None and KINDS.get(key) == kind]:
        return fitting[0]
    meant = list(_meant(noun, command, kind, there or "/" in noun))
    if meant or not keys:
        hint = f"; did you mean {alternatives(meant)}?" if meant else ""
        raise UsageError(f"{shown(noun)}: expected KEY=VALUE for 'surrogate {_name(command)}'{hint}")
    return next((key for key in keys if "/" in noun and key not in GROUPS), keys[0])


def _meant(noun: str, command: str, kind: str | None, is_path: bool) -> Iterator[str]:
    """Give the words that a name may be short for, which the command's noun is not."""
    from surrogate.config.shipped_settings import default_choices

    keys = [*_keys(command), *(["resume"] if command == "train" else [])]
    yield from (f"{key}={noun}" for key, its in KINDS.items() if its == kind and key in keys)
    if not is_path:
        yield from (f"{group}={noun}" for group in default_choices(_reads(command)) if is_choice(group, noun))


def _is_chosen(word: str, command: str) -> bool:
    """Return whether a word is a choice of the group that is the noun of the command."""
    return any(key in GROUPS and is_choice(key, word) for key in NOUNS.get(command, ()))


def _slip(words: Sequence[str], place: int, command: str) -> str:
    """Return the line for a bare word that is a half of KEY=VALUE, as in ``seed 3``, ``seed = 3`` and ``seed:3``."""
    word, before = words[place], words[place - 1] if place else ""
    if before.endswith("=") and len(before) > 1:
        return f"{shown(f'{before} {word}')}: expected no blank around =; did you mean '{before}{word}'?"
    name, colon, value = word.partition(":")
    if name == "" or "/" in name or _exists(word) or _is_chosen(word, command):
        return ""
    following = [one for one in words[place + 1 : place + 3] if one != "="]
    if key := _named(name, command):
        value = value if colon else following[0] if following and "=" not in following[0] else "VALUE"
        return f"{name}: expected a value, KEY=VALUE without blanks; did you mean '{key}={value or 'VALUE'}'?"
    return ""


def _named(name: str, command: str) -> str:
    """Return the key of the command that a word names, empty where it names none."""
    keys = _keys(command)
    if name in keys:
        return name
    if not name.isidentifier():
        return ""
    from surrogate.config.aliases import ALIASES
    from surrogate.config.suggest import called

    return next(iter(called(name, keys)), "") if name.lower() in ALIASES else ""


def _several(bare: Sequence[str], command: str) -> str:
    """Return the line for more than one bare word."""
    listed = [f"{key}=[{','.join(bare)}]" for key in _keys(command) if key in PATH_LIST_KEYS]
    hint = f"; did you mean {alternatives(listed)}?" if listed else f"; {shown(bare[1])} needs a key"
    return f"surrogate {_name(command)}: expected one word without a key, got {len(bare)}{hint}"


def _same(command: str, key: str, noun: str, value: str) -> bool:
    return noun == value or (is_path(command, key) and absolute(noun) == absolute(value))


def _keys(command: str) -> tuple[str, ...]:
    from surrogate.config.known import known

    return (*known(_reads(command), ()).keys, *(("data",) if command == "preview" else ()))


def _reads(command: str) -> str:
    return READS.get(command, command)


def _name(command: str) -> str:
    from surrogate.config.known import COMMANDS

    return COMMANDS.get(command, command)
