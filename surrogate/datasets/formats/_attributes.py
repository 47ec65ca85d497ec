"""Words and flags in the attributes of files from elsewhere, which were written in many ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def words(attributes: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return a list of names that an attribute holds, whichever way it was written; none where it is absent."""
    value = attributes.get(key, ())
    entries = [value] if isinstance(value, str | bytes) else np.asarray(value).ravel().tolist()
    return tuple(entry.decode() if isinstance(entry, bytes) else str(entry) for entry in entries)


def word(attributes: Mapping[str, Any], key: str) -> str:
    """Return a text that an attribute holds, empty where it is absent."""
    return next(iter(words(attributes, key)), "")


def flag(attributes: Mapping[str, Any], key: str) -> bool:
    """Return whether an attribute is true."""
    return bool(np.any(attributes.get(key, False)))
