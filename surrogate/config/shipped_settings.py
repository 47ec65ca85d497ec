"""What conf/ says, read as it lies: Hydra, which composes it for what runs, takes longer than a shell waits."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from surrogate.config.resources import RECIPE, bundled, installed, shipped
from surrogate.reading import read_text, read_yaml

Tree = dict[str, Any]


@functools.cache
def default_choices(command: str) -> dict[str, str | None]:
    """Return the groups of a command, as its file in conf/ names them, each with what is chosen by itself."""
    chosen: dict[str, str | None] = {}
    for entry in _shipped(bundled("conf") / f"{command}.yaml").get("defaults", ()):
        chosen |= entry if isinstance(entry, dict) else default_choices(entry) if entry != "_self_" else {}
    return chosen


def chosen(command: str, words: Sequence[str], folder: Path | None = None) -> dict[str, str]:
    """Return what is chosen of each group: by the words, by a choice that brings another one, else by itself."""
    groups = default_choices(command)
    given = dict[str, str]()
    for word in words:
        key, equals, value = word.lstrip("+").partition("=")
        if equals and key in groups and _file(key, value, folder) is not None:
            given[key] = value
    choices = {group: choice for group, choice in groups.items() if choice not in (None, "???")} | given
    settled = set(given)
    # An experiment may choose a model, and a model its loss.
    for group in sorted(choices, key=lambda name: name != "experiment"):
        brought = {name: choice for name, choice in _brought(group, choices[group], folder) if name not in settled}
        choices |= brought
        settled |= set(brought)
    return choices


def settings(command: str, words: Sequence[str], folder: Path | None = None) -> Tree:
    """Return the settings of a command with the choices that the words make, nothing else of the words in them."""
    choices = chosen(command, words, folder)
    own = _shipped(bundled("conf") / f"{command}.yaml")
    tree: Tree = {}
    for entry in own.get("defaults", ("_self_",)):
        if entry == "_self_":
            _merge(tree, {key: value for key, value in own.items() if key != "defaults"})
        elif isinstance(entry, str):
            _merge(tree, settings(entry, words, folder))
    for group in default_choices(command):
        if group in choices:
            _merge(tree, _content(group, choices[group], folder))
    return tree


def flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give every setting that holds no others, with its value."""
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def remarks(command: str, words: Sequence[str], folder: Path | None = None) -> dict[str, str]:
    """Return the comments behind settings, each by the name of its setting."""
    files: list[tuple[str, Path | None]] = [("", bundled("conf") / f"{command}.yaml")]
    files += [(f"{group}.", _file(group, choice, folder)) for group, choice in chosen(command, words, folder).items()]
    return {key: text for prefix, file in files if file is not None for key, text in _remarks(prefix, file)}


def _remarks(prefix: str, file: Path) -> Iterator[tuple[str, str]]:
    outer = list[tuple[int, str]]()
    for line in read_text(file).splitlines():
        match = re.match(r"( *)(\w+):(?: |$)[^#]*(?:# *(.*))?$", line)
        if match is None:
            continue
        depth, name, text = len(match[1]), match[2], match[3]
        outer = [(its, key) for its, key in outer if its < depth] + [(depth, name)]
        if text:
            yield prefix + ".".join(key for _, key in outer), text


@functools.cache
def _shipped(file: Path) -> Tree:
    """Return a file of ours, by the fast reader where there is one."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(file.read_text(encoding="utf-8"), loader) or {}  # noqa: TID251 - it is the safe one


def _file(group: str, choice: str, folder: Path | None) -> Path | None:
    """Return the file of a choice: ours, of the user's own folder, or of an installed package."""
    if choice in shipped(group):
        return (bundled("data_recipes") if group == RECIPE else bundled("conf") / group) / f"{choice}.yaml"
    if not choice or "/" in choice:
        return None
    own = None if folder is None else folder / group / f"{choice}.yaml"
    if own is not None and own.is_file():
        return own
    plug_in = installed(group, choice)
    return None if plug_in is None else plug_in.settings()


def _node(group: str, choice: str, folder: Path | None) -> Tree:
    file = _file(group, choice, folder)
    if file is None:
        return {"name": choice}
    node = _shipped(file) if choice in shipped(group) else read_yaml(file)
    return node if isinstance(node, dict) else {}


def _brought(group: str, choice: str, folder: Path | None) -> Iterator[tuple[str, str]]:
    """Give the groups that a choice chooses with itself, and what of them."""
    for entry in _node(group, choice, folder).get("defaults", ()):
        for name, other in entry.items() if isinstance(entry, dict) else ():
            if name.startswith("override /") and isinstance(other, str):
                yield name.removeprefix("override /"), other


def _content(group: str, choice: str, folder: Path | None) -> Tree:
    """Return what a choice adds to the settings of a command."""
    node = _node(group, choice, folder)
    tree: Tree = {}
    for entry in node.get("defaults", ()):
        if isinstance(entry, str) and entry not in ("_self_", choice):
            _merge(tree, _content(group, entry, folder))
    own = {key: value for key, value in node.items() if key != "defaults"}
    file = _file(group, choice, folder)
    everywhere = group == RECIPE or (file is not None and "@package _global_" in read_text(file)[:200])
    _merge(tree, own if everywhere else {group: own})
    return tree


def _merge(tree: Tree, other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(tree.get(key), dict):
            _merge(tree[key], value)
        else:
            tree[key] = {**value} if isinstance(value, dict) else value
