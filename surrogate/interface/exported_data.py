"""A data set becomes files that other programs read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.config.read import read
from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.export_settings import DataExportConfig
from surrogate.datasets.exporting import export_data
from surrogate.interface import notebook
from surrogate.interface.default_places import dated
from surrogate.interface.readable import size
from surrogate.interface.reporters import Reporter, reporter_for

_SHOWN = 8


@dataclass(frozen=True)
class ExportedData:
    """A data set in another format.

    Attributes:
        path: the folder.
        format: what it was written in.
        files: names in the folder -> bytes.
        notes: what the format cannot say, a line each.
    """

    path: Path
    format: str
    files: dict[str, int]
    notes: tuple[str, ...]

    def figures(self) -> dict[str, str]:
        """Return what is told of it, as name -> text."""
        names = list(self.files)
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        return {
            "format": self.format,
            "files": f"{', '.join(names[:_SHOWN])}{more}",
            "size": size(sum(self.files.values())),
            **{"note" if place == 0 else f"note {place + 1}": note for place, note in enumerate(self.notes)},
        }

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"path": str(self.path), "format": self.format, "files": self.files, "notes": list(self.notes)}

    def __fspath__(self) -> str:
        return os.fspath(self.path)

    def _repr_html_(self) -> str:
        """Return its figures, for a notebook."""
        return notebook.facts(str(self.path), self.figures())


def data_as_files(data: str | os.PathLike[str], *, reporter: Reporter | None = None, **settings: Any) -> ExportedData:
    """Return the files that a data set was written to.

    Args:
        data: a data set, or its folder; one part of it is in memory at a time.
        reporter: told how far it is; None: nobody in a script.
        settings: as of ``surrogate data export``: ``format``, ``out``, ``task``, ``overwrite``.

    Raises:
        UsageError, SettingsError: a setting that cannot be, a format that cannot hold the data or that this machine
            lacks the software for, or a folder that holds something else.
        InputError: there is no such data set, or it is damaged.
        StorageError: the disk refused.
    """
    config = read(DataExportConfig, compose_tree("data_export", words_of("data_export", {"data": data} | settings)))
    return exported_data(config, reporter_for(reporter))


def exported_data(config: DataExportConfig, reporter: Reporter) -> ExportedData:
    """Return the files of typed settings; raises as :func:`data_as_files` does."""
    dataset = open_dataset(config.data)
    out = config.out or Path(dated("exports", f"{config.data.name}-{config.format}"))
    with reporter.progress(f"write {config.format}", sum(dataset.counts.values())) as advance:
        written = export_data(
            dataset, config.format, out, config.task, config.overwrite, lambda done: advance(done, "")
        )
    return ExportedData(written.path, config.format, written.files, written.notes)
