"""Which setting was meant: never what was typed, never what the command does not take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from surrogate.config.aliases import ALIASES
from surrogate.config.known import COMMANDS, STAGES, Known, known
from surrogate.errors import alternatives, similar

_MOST = 3  # suggestions in one line
_LISTED = 12  # settings listed where nothing is alike


def no_such_setting(command: str, key: str, words: Sequence[str], config_dir: Path | None) -> str:
    """Return the line for ``key``, which ``command`` does not take, with what was meant or who takes it."""
    here = known(command, words, config_dir)
    if close := called(key, here.keys):
        return f"{key}: there is no such setting; did you mean {alternatives(close)}?"
    beside = [one for one in here.keys if "." in key and _parent(one) == _parent(key)]
    if close := alike(key, beside):
        return f"{key}: there is no such setting; did you mean {alternatives(close)}?"
    if close := [one for one in alike(key, here.keys) if similar(key, [one], 0.85)]:
        return f"{key}: there is no such setting; did you mean {alternatives(close)}?"
    if owners := _owners(command, key):
        return f"{key}: there is no such setting of 'surrogate {COMMANDS[command]}'; {owners}"
    if close := alike(key, here.keys):
        return f"{key}: there is no such setting; did you mean {alternatives(close)}?"
    return f"{key}: there is no such setting; {_takes(command, key, here)}"


def called(key: str, keys: Iterable[str]) -> list[str]:
    """Return up to three of ``keys`` that are surely meant: other letters, another's word for it, the same last word.

    What is held by the same setting as ``key`` comes first.
    """
    keys = [one for one in keys if one != key]
    plain = _plain(key)
    parent, _, last = plain.rpartition(".")
    if same := [one for one in keys if _plain(one) == plain]:
        return same
    beside = {_last(one): one for one in keys if parent and _parent(one) == parent}
    if slip := similar(last, beside, 0.85):
        return [beside[slip[0]]]
    aliases = ALIASES.get(last, ())
    near = [one for one in keys if parent and _parent(one) == parent and _last(one) in {_last(it) for it in aliases}]
    named = [one for alias in aliases for one in keys if one == alias or _unstaged(one) == alias]
    if near or named:
        return (near or named)[:_MOST]
    ends = [one for one in keys if _plain(one).endswith(f".{plain}")] or [one for one in keys if _last(one) == last]
    return sorted(ends, key=lambda one: (_parent(one) != parent, one.count(".")))[:_MOST]


def alike(key: str, keys: Iterable[str]) -> list[str]:
    """Return up to three of ``keys`` that differ from ``key`` by a slip of the pen, among its neighbours if it has."""
    keys = [one for one in keys if one != key]
    plain = _plain(key)
    parent, _, last = plain.rpartition(".")
    if beside := [one for one in keys if parent and _parent(one) == parent]:
        slips = similar(last, {_last(one) for one in beside})
        return [one for name in slips for one in beside if _last(one) == name][:_MOST]
    ending = similar(last, {_last(one) for one in keys}, 0.7)
    by_last = [one for name in ending for one in keys if _last(one) == name]
    return list(dict.fromkeys([*by_last, *similar(plain, keys, 0.7)]))[:_MOST]


def _parent(key: str) -> str:
    return _plain(key).rpartition(".")[0]


def _last(key: str) -> str:
    return _plain(key).rpartition(".")[2]


def _unstaged(key: str) -> str:
    """Return a key of `surrogate run` as the stage that takes it knows it."""
    stage, _, rest = key.partition(".")
    return rest if stage in STAGES else key


def _plain(key: str) -> str:
    return key.lower().replace("-", "_").replace("/", ".")


def _owners(command: str, key: str) -> str:
    """Return which other commands take ``key``, and under what name."""
    takers: dict[str, list[str]] = {}
    for other, name in COMMANDS.items():
        if other in (command, "run"):
            continue
        there = known(other, ())
        if key in there.keys or key.partition(".")[0] in there.holders:
            takers.setdefault(key, []).append(name)
        elif close := called(key, there.keys):
            takers.setdefault(close[0], []).append(name)
    for name in (key, *takers):
        if name in takers:
            owners = alternatives([f"surrogate {owner}" for owner in takers[name][:_MOST]], "and")
            return f"it belongs to {owners}" if name == key else f"'{name}' belongs to {owners}"
    return ""


def _takes(command: str, key: str, here: Known) -> str:
    """Return what may be set where ``key`` was looked for, a few of it."""
    parent = key.rpartition(".")[0]
    beside = [one for one in here.keys if parent and one.startswith(f"{parent}.")]
    names = beside or list(dict.fromkeys(one.partition(".")[0] for one in here.keys))
    more = f" and {len(names) - _LISTED} more (--show)" if len(names) > _LISTED else ""
    return f"{parent or 'surrogate ' + COMMANDS[command]} takes {', '.join(names[:_LISTED])}{more}"
