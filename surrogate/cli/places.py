"""Where results go when the user does not say: dated folders, and runs/latest."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path


def dated(root: str, label: str) -> str:
    """Return ``root/2026-11-21-0930-label`` in the current folder, with a number behind it if that exists."""
    stem = Path.cwd() / root / f"{datetime.now():%Y-%m-%d-%H%M%S}-{label}"
    candidate, number = stem, 2
    while candidate.exists():
        candidate, number = stem.with_name(f"{stem.name}-{number}"), number + 1
    return str(candidate)


def mark_latest(run: Path) -> None:
    """Point ``runs/latest`` at a run that lies in ``runs/``; a file of the user's of that name is left alone."""
    link = run.parent / "latest"
    if run.parent.name != "runs" or (link.exists() and not link.is_symlink()):
        return
    fresh = link.with_name(f".latest-{os.getpid()}")
    fresh.symlink_to(run.name)
    fresh.replace(link)


def short(path: Path) -> str:
    """Return a path as the user would type it: relative where it lies below the current folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
