"""Places as the user types them, and runs/latest."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def mark_latest(run: Path) -> None:
    """Point ``runs/latest`` at a run that lies in ``runs/``; what a user has put there is left alone."""
    link = run.parent / "latest"
    if run.parent.name != "runs" or (os.path.lexists(link) and not _points_beside(link)):
        return
    fresh = link.with_name(f".latest-{secrets.token_hex(4)}")
    fresh.symlink_to(run.name)
    fresh.replace(link)


def _points_beside(link: Path) -> bool:
    """Return whether it is a link such as ours, to a name in the same folder."""
    return link.is_symlink() and "/" not in str(link.readlink()) and str(link.readlink()) not in (".", "..")


def shown(path: Path) -> str:
    """Return an output as the user would type it, with the place that it is a link to; a dash is standard output."""
    if str(path) == "-":
        return "standard output"
    end = path.resolve()
    return short(path) if end == Path(os.path.normpath(path.absolute())) else f"{short(path)} -> {short(end)}"


def noun(path: Path) -> str:
    """Return a path as the first word of a command: with ``./`` where it would be read as a setting or an option."""
    word = short(path)
    return word if ("=" not in word and word[:1].isalnum()) or word.startswith("/") else f"./{word}"


def short(path: Path) -> str:
    """Return a path as the user would type it: relative where it lies below the current folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
