"""The keyword arguments of Python as the KEY=VALUE words of the command line: the same grammar, defaults and errors."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from surrogate.config.shipped_settings import default_choices
from surrogate.config.words import PATH_LIST_KEYS, absolute, is_path, is_word, once, quoted
from surrogate.errors import UsageError, shown
from surrogate.kinds import SOLVER

# What is said so often that it has a short name in Python.
SHORT: dict[str, dict[str, str]] = {
    "generate": {split: f"count.{split}" for split in ("train", "valid", "test")},
    "train": {"lr": "optimizer.lr"} | {key: f"trainer.{key}" for key in ("epochs", "batch_size", "device", "samples")},
}
SHORT["tune"] = SHORT["train"]


def words_of(command: str, settings: Mapping[str, Any]) -> list[str]:
    """Return the words that say what ``settings`` do.

    A key is that of the command line, with its dots or as nested dictionaries (``{"trainer": {"epochs": 60}}``), or
    one of :data:`SHORT`. A group is chosen by its name (``model="mgno"``) or by a dictionary that holds it
    (``model={"name": "mgno", "levels": 4}``).

    Raises:
        UsageError: a value is nothing that settings hold, or a key is given twice with two values.
    """
    short = SHORT.get(command, {})
    words = [word for key, value in settings.items() for word in _words(command, short.get(key, key), value)]
    return list(once(words))


def _words(command: str, key: str, value: Any) -> Iterator[str]:
    """Give the words of one setting."""
    if key in PATH_LIST_KEYS and isinstance(value, list | tuple):
        yield f"{key}=[{','.join(quoted(_path(key, one)) for one in value)}]"
    elif is_path(command, key) and value is not None:
        yield f"{key}={quoted(_path(key, value))}"
    elif isinstance(value, Mapping):
        held = dict(value)
        if key in default_choices(command) and isinstance(held.get("name"), str):
            yield f"{key}={held.pop('name')}"
        for name, inner in held.items():
            yield from _words(command, f"{key}.{name}", inner)
    elif key in default_choices(command) and isinstance(value, str):
        yield f"{key}={value}"
    else:
        yield f"{key}={_text(key, value)}"


def _path(key: str, value: Any) -> str:
    """Return a path, absolute; of the words for what is no path, that for the solver alone."""
    if value == SOLVER and is_word(key, value):
        return SOLVER
    if isinstance(value, str | os.PathLike):
        return absolute(os.fspath(value))
    raise UsageError(f"{key}: expected a path, got {shown(value)}")


def _text(key: str, value: Any) -> str:
    """Return a value as Hydra reads it."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Path):
        return quoted(str(value))
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list | tuple):
        return f"[{','.join(_text(key, one) for one in value)}]"
    raise UsageError(f"{key}: expected a number, a text, a list or names with values, got {shown(value)}")
