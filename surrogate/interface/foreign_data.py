"""Foreign files and folders become data sets, wherever a data set is expected; the same one is not converted twice."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.config.read import read as typed
from surrogate.datasets.conversion import Show, convert
from surrogate.datasets.conversion_settings import ConvertConfig
from surrogate.datasets.dataset import Dataset
from surrogate.interface.default_places import dated
from surrogate.interface.opened_data import OpenedData
from surrogate.interface.recognised_source import reading_of
from surrogate.interface.reporters import Reporter, reporter_for


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
    teller = reporter_for(reporter)

    def show(recognised: Any, rows: Any) -> None:
        shown = reading_of(recognised, rows)
        for row in shown.rows:
            teller.note("  ".join(filter(None, row)))
        for line in (*(f"{name}: {text}" for name, text in shown.lines.items()), *shown.guesses):
            teller.note(line)

    return OpenedData(converted_source(config, out, show))


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
