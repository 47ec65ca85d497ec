"""Where results go when nobody says: dated folders below the current one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path


def dated(root: str, label: str) -> str:
    """Return ``root/2026-11-21-0930-label`` in the current folder, with a number behind it if that exists."""
    stem = Path.cwd() / root / f"{datetime.now():%Y-%m-%d-%H%M%S}-{label}"
    candidate, number = stem, 2
    while candidate.exists():
        candidate, number = stem.with_name(f"{stem.name}-{number}"), number + 1
    return str(candidate)
