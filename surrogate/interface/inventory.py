"""What lies in a folder and below it: runs or data sets, a line each."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surrogate.interface import listed_data, listed_runs, notebook
from surrogate.interface.listed_data import ListedData
from surrogate.interface.listed_runs import ListedRun
from surrogate.kinds import DATASET, RUN, STUDY, kind_of

SORTS = ("when", "error", "name", "size")
# What is listed, where it lies when nobody says, and what it is called.
KINDS = {"runs": RUN, "data": DATASET}
# A sweep lies in a folder, and folders of sweeps may lie in one of a project.
_DEEPEST = 5


@dataclass(frozen=True)
class Inventory:
    """What was listed, in order; it may be gone through, counted, and asked for one by its number.

    Attributes:
        what: ``runs`` or ``data``.
        folder: that was looked through.
        entries: what lies there.
    """

    what: str
    folder: Path
    entries: tuple[ListedRun, ...] | tuple[ListedData, ...]

    @property
    def heads(self) -> tuple[str, ...]:
        """What stands over the columns of its rows."""
        return listed_runs.HEADS if self.what == "runs" else listed_data.HEADS

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """A line of text for each."""
        return [entry.row() for entry in self.entries]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {self.what: [entry.to_dict() for entry in self.entries]}

    def to_frame(self) -> Any:
        """Return a ``pandas.DataFrame`` with a row for each.

        Raises:
            SettingsError: pandas is not installed.
        """
        from surrogate.evaluation.documents import frame

        return frame([entry.to_dict() for entry in self.entries])

    def __iter__(self) -> Iterator[ListedRun | ListedData]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, place: int) -> ListedRun | ListedData:
        return self.entries[place]

    def _repr_html_(self) -> str:
        """Return the table, for a notebook."""
        return notebook.table(str(self.folder), self.heads, self.rows)


def inventory(what: str, folder: Path, sort: str = "when") -> Inventory:
    """Return what lies in ``folder`` and below it; the folder itself, where it is such a thing."""
    places = [(path, _name(path, folder)) for path, kind in below(folder) if kind == KINDS[what]]
    if what == "data":
        data = [listed_data.listed_data(path, name) for path, name in places]
        return Inventory(what, folder, tuple(sorted(data, key=lambda entry: _key(entry, sort))))
    runs = [listed_runs.listed_run(path, name) for path, name in places]
    return Inventory(what, folder, tuple(sorted(runs, key=lambda entry: _key(entry, sort))))


def below(folder: Path, depth: int = _DEEPEST) -> Iterator[tuple[Path, str]]:
    """Give everything of ours in a folder and below it with its kind, in the order of names; links are not followed."""
    kind = kind_of(folder)
    if kind is not None:
        yield folder, kind
        # Of a study that is asked for itself, its trials are runs.
        if kind != STUDY or depth < _DEEPEST:
            return
    try:
        inside = sorted(entry.path for entry in os.scandir(folder) if _leads_on(entry))
    except OSError:  # not ours to see
        return
    for path in inside if depth else ():
        yield from below(Path(path), depth - 1)


def _leads_on(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")


def _name(path: Path, folder: Path) -> str:
    return path.name if path == folder else str(path.relative_to(folder))


def _key(entry: ListedRun | ListedData, sort: str) -> tuple[float, float, str]:
    newest = -entry.modified.timestamp()
    if sort == "name":
        return 0, 0, entry.name
    if sort == "error":
        return math.inf if entry.error is None else entry.error, newest, entry.name
    return (-float(entry.bytes), newest, entry.name) if sort == "size" else (newest, 0, entry.name)
