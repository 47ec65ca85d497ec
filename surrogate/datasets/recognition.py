"""Which format a foreign source is of: the one that recognises it, or that the user names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from surrogate.datasets.foreign import Foreign
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.source import Source, read_source
from surrogate.errors import InputError, SettingsError, SurrogateError, alternatives
from surrogate.kinds import DATASET, FILE, RUN, kind_of
from surrogate.registry import FORMATS

# Reads what is in no format that anybody published, so it is asked last.
PLAIN = "arrays"


@dataclass(frozen=True)
class Recognised:
    """A foreign source, read: of which ``format``, ``why`` so, and what it holds."""

    source: Source
    format: str
    why: str
    foreign: Foreign


def recognised(path: Path, format: str | None = None, reading: Reading = AS_IT_IS) -> Recognised:
    """Return what lies at ``path`` as its format reads it; nothing is written, no field is read before it is wanted.

    Args:
        path: a file or a folder.
        format: the name of a module of ``surrogate.datasets.formats``; None: the one that recognises it.
        reading: what the user says of it.

    Raises:
        InputError: there is nothing, no format or several recognise it, or it is damaged.
        SettingsError: there is no such format, or what the user says does not fit.
    """
    module = None if format is None else FORMATS.module(format)
    source = read_source(path)
    if format is not None and module is not None:
        return Recognised(source, format, f"format={format}", module.read(path, reading))
    name, why = recognised_format(source)
    return Recognised(source, name, why, FORMATS.module(name).read(path, reading))


def recognised_format(source: Source) -> tuple[str, str]:
    """Return the one format that recognises a source, and why.

    Raises:
        InputError: none does, or several.
    """
    reasons: dict[str, str] = {}
    for name in FORMATS.names():
        if name != PLAIN and (why := _reason(name, source)):
            reasons[name] = why
    if len(reasons) > 1:
        both = " and ".join(f"{name} ({why})" for name, why in reasons.items())
        raise InputError(f"{source.path}: may be {both}; give {alternatives([f'format={name}' for name in reasons])}")
    if not reasons and PLAIN in FORMATS and (why := _reason(PLAIN, source)):
        reasons[PLAIN] = why
    if not reasons:
        raise InputError(f"{source.path}: {content(source)}; no format of 'surrogate list formats' reads that")
    return next(iter(reasons.items()))


def is_foreign(path: Path) -> bool:
    """Return whether a file is none of ours, or a folder that holds nothing of ours is of a format that we read."""
    if path.is_file():
        return kind_of(path) == FILE
    if kind_of(path) is not None or any(kind_of(inside) in (DATASET, RUN) for inside in path.iterdir()):
        return False
    try:
        return bool(recognised_format(read_source(path)))
    except SurrogateError:
        return False


def _reason(name: str, source: Source) -> str | None:
    """Return why a format recognises a source; None where it does not, or recognises nothing."""
    try:
        recognise = getattr(FORMATS.module(name), "recognise", None)
    except SettingsError:  # a package that is broken is no reason not to read the formats of others
        return None
    reason: str | None = None if recognise is None else recognise(source)
    return reason


def content(source: Source, most: int = 6) -> str:
    """Return in a phrase what a source holds, for a line that refuses it."""
    held = [entry for entry in source.entries if entry.dtype != "group"]
    if source.kind == "folder" and not held:
        more = f" and {len(source.files) - most} more" if len(source.files) > most else ""
        return f"a folder of {', '.join(source.files[:most]) or 'nothing'}{more}"
    if not held:
        return f"a {source.suffix or 'nameless'} file of an unknown kind" if not source.magic else "a file of no arrays"
    shown = [f"{entry.name or 'one array'} {entry.shape} {entry.dtype}" for entry in held[:most]]
    more = f" and {len(held) - most} more" if len(held) > most else ""
    return f"holds {', '.join(shown)}{more}"
