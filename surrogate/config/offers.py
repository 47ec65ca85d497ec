"""What may be typed next on a command line: keys, choices, values, and what lies on the disk; nothing slow for it.

An offer that ends in a dot, an equals sign, a slash, a bracket or a comma is gone on with.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from surrogate.config.enumerated import modules, values
from surrogate.config.nouns import GROUPS, KINDS, NOUNS, READS
from surrogate.config.resources import choices
from surrogate.config.shipped_settings import chosen, default_choices, flat, remarks, settings
from surrogate.config.words import PATH_LIST_KEYS, is_path
from surrogate.errors import visible
from surrogate.kinds import DATASET, EXPORTED, FILE, RUN, SOLVER, kind_of

STAGES = ("generate", "eval", "export")
# Where the parts lie that `surrogate check` holds to their contracts.
_PARTS = ("equations", "models", "datasets.formats", "evaluation.metrics", "samplers", "training.losses")
_HOMES = ("data", "runs")
_PREDICTORS = (".npy", ".npz", ".pt", ".h5", ".onnx", ".pt2")
_MOST = 2000  # entries of a folder that are looked at


@dataclass(frozen=True)
class Offer:
    """A word, from its start, that may be typed, and a few words about it."""

    text: str
    about: str = ""


def offers(command: str, words: Sequence[str], incomplete: str, folder: Path | None = None) -> list[Offer]:
    """Return what may stand in the place of ``incomplete``, the likeliest first.

    Args:
        command: as its file in conf/ is called.
        words: those before it.
        incomplete: what was typed of the word.
        folder: of the user's own settings, ``--config-dir``.
    """
    words = [_long(command, word, folder) for word in words]
    key, equals, value = incomplete.partition("=")
    every = _values(command, words, key, value, folder) if equals else _starts(command, words, incomplete, folder)
    return [one for one in dict.fromkeys(every) if one.text.startswith(incomplete) and visible(one.text) == one.text]


def _long(command: str, word: str, folder: Path | None) -> str:
    """Return a word that is a choice of the group which is the command's noun with its key."""
    group = next((noun for noun in NOUNS.get(command, ()) if noun in GROUPS), None)
    return f"{group}={word}" if group is not None and "=" not in word and word in choices(group, folder) else word


def _staged(stage: str, words: Sequence[str], folder: Path | None) -> list[str]:
    """Return what is said to a stage of `surrogate run`, by the words or by the experiment."""
    own = [word.removeprefix(f"{stage}.") for word in words if word.startswith(f"{stage}.")]
    experiment = settings("run", words, folder).get(stage)
    recipe = experiment.get("recipe") if isinstance(experiment, dict) else None
    return own if recipe is None or any(word.startswith("recipe=") for word in own) else [f"recipe={recipe}", *own]


def _starts(command: str, words: Sequence[str], incomplete: str, folder: Path | None) -> Iterator[Offer]:
    """Give the nouns of a command, as long as it has none, and its keys."""
    bare = [word for word in words if "=" not in word]
    given = {word.partition("=")[0].lstrip("+") for word in words if "=" in word}
    nouns = NOUNS.get(command, ())
    if nouns and ("runs" in nouns or (not bare and given.isdisjoint(nouns))):
        for noun in nouns:
            if noun in GROUPS:
                yield from (Offer(name) for name in choices(noun, folder))
        if "name" in nouns:
            yield from (Offer(name) for package in _PARTS for name in modules(package))
        if kinds := [KINDS.get(noun, RUN) for noun in nouns if noun not in (*GROUPS, "name")]:
            yield from (Offer(path) for path in things(kinds, incomplete) if command == "convert" or _is_apt(path))
            yield from (Offer(SOLVER) for kind in kinds if kind == SOLVER)
    yield from _keys(READS.get(command, command), words, incomplete, given, folder)


def _keys(command: str, words: Sequence[str], incomplete: str, given: set[str], folder: Path | None) -> Iterator[Offer]:
    """Give the keys that start so, to the next dot."""
    stage, dot, rest = incomplete.partition(".")
    if command == "run" and dot and stage in STAGES:
        taken = {key.removeprefix(f"{stage}.") for key in given}
        inner = _keys(stage, _staged(stage, words, folder), rest, taken, folder)
        yield from (Offer(f"{stage}.{one.text}", one.about) for one in inner)
        return
    groups, about = default_choices(command), remarks(command, words, folder)
    level = incomplete.rpartition(".")[0]
    prefix = f"{level}." if level else ""
    yield from (
        Offer(f"{name}=", f"now {choice}" if choice else "")
        for name, choice in _now(command, words, folder)
        if not prefix and name not in given
    )
    for key, value in flat(settings(command, words, folder)):
        name, deeper, _ = key.removeprefix(prefix).partition(".")
        if key.startswith(prefix) and not (key.endswith(".name") and key.removesuffix(".name") in groups):
            if deeper or (command == "run" and key in STAGES):
                yield Offer(f"{prefix}{name}.")
            elif key not in given and key not in groups:
                yield Offer(f"{key}=", about.get(key, "") or _plain(value))


def _now(command: str, words: Sequence[str], folder: Path | None) -> list[tuple[str, str]]:
    """Return the groups of a command, and what is chosen of each."""
    now = chosen(command, words, folder)
    return [(group, now.get(group, "")) for group in default_choices(command)]


def _values(command: str, words: Sequence[str], key: str, value: str, folder: Path | None) -> Iterator[Offer]:
    """Give the words ``KEY=VALUE`` for a key."""
    stage, dot, rest = key.partition(".")
    if command == "run" and dot and stage in STAGES:
        inner = _values(stage, _staged(stage, words, folder), rest, value, folder)
        yield from (Offer(f"{stage}.{one.text}", one.about) for one in inner)
        return
    command = READS.get(command, command)
    name = key.lstrip("+")
    # A list, or a sweep: what is typed of it stays, and its last entry is completed.
    start = max(value.rfind("["), value.rfind(",")) + 1
    before, last = value[:start], value[start:]
    if name in default_choices(command):
        yield from (Offer(f"{key}={before}{one}") for one in choices(name, folder))
    elif is_path(command, name):
        yield from (Offer(f"{key}={path}") for path in things(_kinds(command, name), value))
    elif name in PATH_LIST_KEYS:
        opened = before or "["
        yield from (Offer(f"{key}={opened}{path}") for path in things([RUN], last))
    else:
        tree = settings(command, words, folder)
        few = values(command, name, tree)
        now = next((its for setting, its in flat(tree) if setting == name), None)
        few = few or (("true", "false") if isinstance(now, bool) else ())
        yield from (Offer(f"{key}={before}{one}") for one in few)
        if not few and not value and isinstance(now, str | int | float):
            yield Offer(f"{key}={_plain(now)}", "as it is now")


def _kinds(command: str, key: str) -> list[str]:
    """Return what may lie at the path of a key; of ``out`` nothing is known."""
    if key == "predictor" or (command == "gate" and key == "run"):
        return [RUN, EXPORTED, FILE]
    return [KINDS[key]] if key in KINDS else []


def things(kinds: Sequence[str], typed: str) -> list[str]:
    """Return the paths that go on from ``typed``: those of the kinds, and folders that hold such; else all there are.

    Where no folder is typed, what lies in ``data/`` and ``runs/`` is among them.
    """
    head, slash, _ = typed.rpartition("/")
    place = f"{head}{slash}"
    entries = _entries(place)
    if not slash:
        entries += [one for home in _HOMES for one in _entries(f"{home}/")]
    right = [path for kind in kinds for path, its in entries if its == kind]
    right += [f"{path}/" for path, its in entries if its == "folder" and _holds(path, kinds)]
    # Files lie anywhere, so that every folder may be the way to one.
    if not [path for path in right if path.startswith(typed)] or FILE in kinds:
        ways = {"folder"} if RUN in kinds else {"folder", DATASET, RUN}
        right += [f"{path}/" for path, its in _entries(place) if its in ways]
    if not [path for path in right if path.startswith(typed)] and not kinds:
        right += [path for path, its in _entries(place) if its in (FILE, EXPORTED)]
    return list(dict.fromkeys(right))


def _is_apt(path: str) -> bool:
    """Return whether a file may hold predictions, or is an exported one; a folder always passes."""
    return "." not in Path(path).name or path.endswith("/") or Path(path).suffix in _PREDICTORS


def _holds(path: str, kinds: Sequence[str]) -> bool:
    return path not in _HOMES and any(its in kinds and its not in (FILE, EXPORTED) for _, its in _entries(f"{path}/"))


def _entries(place: str) -> list[tuple[str, str]]:
    """Return what lies in a folder, as it is typed, each with its kind; what is hidden is left out."""
    try:
        with os.scandir(Path(place or ".").expanduser()) as inside:
            names = sorted(one.name for one, _ in zip(inside, range(_MOST), strict=False))
    except (OSError, ValueError, RuntimeError):
        return []
    paths = [f"{place}{name}" for name in names if not name.startswith(".")]
    return [(path, kind_of(Path(path).expanduser()) or "folder") for path in paths]


def _plain(value: object) -> str:
    """Return a value as it is typed."""
    if isinstance(value, list | dict):
        return ""
    if value == "???":
        return "needed"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
