"""Foreign files and folders become data sets, wherever a data set is expected; the same one is not converted twice."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.config.read import read as typed
from surrogate.config.words import prepared
from surrogate.datasets.conversion import Deal, Show, convert
from surrogate.datasets.conversion_settings import ConvertConfig
from surrogate.datasets.dataset import Dataset
from surrogate.datasets.foreign import Rows
from surrogate.datasets.layout import MANIFEST
from surrogate.datasets.recognition import Recognised, is_foreign, recognised
from surrogate.datasets.source import hash_of
from surrogate.errors import UsageError
from surrogate.interface.default_places import dated
from surrogate.interface.opened_data import OpenedData
from surrogate.interface.recognised_source import reading_of
from surrogate.interface.reporters import Reporter, reporter_for
from surrogate.spaces import Split

# What does not change what a conversion makes.
_PLACES = ("input", "out", "overwrite")


def read(path: str | os.PathLike[str], *, reporter: Reporter | None = None, **settings: Any) -> OpenedData:
    """Return the data set made of a foreign file or folder: ``sg.read("thesis.mat", inputs="a", outputs="u")``.

    The settings are those of ``surrogate data convert``, with their defaults: ``format`` (recognised), ``inputs``,
    ``outputs``, ``axes``, ``lengths``, ``boundary``, ``placement``, ``times``, ``equation``, ``units``, ``split``,
    ``seed``, ``deal_anew``, ``samples``, ``out``, ``overwrite``. Without ``out`` a dated folder is made in ``data``.

    Args:
        path: the file or folder.
        reporter: told how it is read; None: nobody in a script.
        settings: of the reading.

    Raises:
        InputError: there is nothing, no format or several recognise it, it is damaged, or it holds what is not finite.
        UsageError, SettingsError: a setting that cannot be, or a source that can be read in two ways: the message
            names the setting that decides.
        StorageError: the disk refused.
    """
    config = typed(ConvertConfig, compose_tree("convert", words_of("convert", {"input": path} | settings)))
    out = config.out or Path(dated("data", config.input.stem))
    return OpenedData(converted_source(config, out, shown_by(reporter_for(reporter))))


def shown_by(reporter: Reporter) -> Show:
    """Return what tells a reporter how a source is read, a line for each field and for what holds for all of them."""

    def show(read: Recognised, rows: Mapping[Split, Rows]) -> None:
        shown = reading_of(read, rows)
        for row in shown.rows:
            reporter.note("  ".join(filter(None, row)))
        for line in (*(f"{name}: {text}" for name, text in shown.lines.items()), *shown.guesses):
            reporter.note(line)

    return show


def standing_for(path: Path, words: Sequence[str], show: Show, note: Callable[[str], None]) -> Path:
    """Return the data set that stands for what lies at ``path``: it itself, or what a foreign source is converted to.

    A conversion lies in ``data/`` of the current folder, called after its source and the hash of that and of ``words``;
    where it is finished, it is not made again.

    Args:
        path: of a data set, or of a foreign file or folder.
        words: KEY=VALUE, how a foreign source is to be read.
        show: called before anything is written.
        note: called with a line that says where the data set lies.

    Raises:
        UsageError: words that say how a data set of ours is to be read.
        InputError, SettingsError, StorageError: as of :func:`read`.
    """
    if not path.exists() or not is_foreign(path):
        if words and path.exists():
            raise UsageError(f"{words[0]}: says how a foreign file is read, and data={path} is none")
        return path
    tree = compose_tree("convert", prepared([f"input={path}", *words], "convert"))
    config = typed(ConvertConfig, tree)
    key = json.dumps([hash_of(path), {name: value for name, value in tree.items() if name not in _PLACES}])
    name = re.sub(r"[^\w.-]+", "_", path.stem) or "data"
    out = Path.cwd() / "data" / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
    if (out / MANIFEST).is_file():
        note(f"data={out}: converted from {path} before")
        return out
    if "WORLD_SIZE" in os.environ:
        raise UsageError(f"data={path}: not converted yet; 'surrogate data convert' does it, before torchrun starts")
    converted_source(config, out, show)
    note(f"data={out}: converted from {path}")
    return out


def recognised_with(path: Path, words: Sequence[str]) -> tuple[Recognised, dict[Split, Rows]]:
    """Return how a foreign source would be read with these words, and how its samples would be dealt.

    Raises:
        InputError, UsageError, SettingsError: as of :func:`read`.
    """
    tree = compose_tree("convert", prepared([f"input={path}", *words], "convert"))
    config = typed(ConvertConfig, tree)
    read = recognised(config.input, config.format, config.reading)
    return read, Deal(config.split, config.seed, config.deal_anew, config.samples).rows(read.foreign)


def converted_source(config: ConvertConfig, out: Path, show: Show) -> Dataset:
    """Return the data set of typed settings in ``out``; ``show`` is called before anything is written.

    Raises:
        InputError, SettingsError, StorageError: as of :func:`read`.
    """
    return convert(
        config.input,
        config.format,
        config.split,
        config.seed,
        out,
        config.overwrite,
        config.reading,
        config.deal_anew,
        config.samples,
        show,
    )
