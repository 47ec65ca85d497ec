"""Nested settings as dotted names: ``trainer.epochs``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def leaves(node: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the dotted name of every value that is no mapping -> that value."""
    named: dict[str, Any] = {}
    for key, value in node.items():
        named |= leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return named


def as_text(node: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return the same with values as text."""
    return {key: json.dumps(value, ensure_ascii=False).strip('"') for key, value in leaves(node, prefix).items()}
