"""The runs of a sweep side by side: which is best on validation data, and a table of them as a file."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from surrogate.config.compose import Point
from surrogate.files import publish_text
from surrogate.interface.listed_runs import ListedRun, listed_run
from surrogate.outputs import OTHERS, place
from surrogate.reading import read_bytes

TABLE = "sweep.csv"
HEADS = ("run", "status", "parameters", "valid relative L2", "took", "")
_FIRST = b"run,status,best,"


@dataclass(frozen=True)
class Swept:
    """What a sweep has made.

    Attributes:
        folder: of the sweep.
        names: of its points, in order.
        settings: what each point says that others say otherwise.
        runs: those that were begun, by name.
    """

    folder: Path
    names: tuple[str, ...]
    settings: tuple[dict[str, str], ...]
    runs: dict[str, ListedRun]

    @classmethod
    def of(cls, folder: Path, names: Sequence[str], points: Sequence[Point]) -> Swept:
        """Return what lies in the folder of a sweep over ``points``."""
        words = [dict(word.lstrip("+").split("=", 1) for word in point.words) for point in points]
        swept = [key for key in words[0] if len({each.get(key) for each in words}) > 1]
        runs = {name: listed_run(folder / name, name) for name in names if (folder / name / "run.json").is_file()}
        return cls(folder, tuple(names), tuple({key: each[key] for key in swept} for each in words), runs)

    @property
    def finished(self) -> list[ListedRun]:
        """The runs that are done, the one of least error on validation data first."""
        done = [run for run in self.runs.values() if run.status == "finished"]
        return sorted(done, key=lambda run: math.inf if run.error is None else run.error)

    @property
    def best(self) -> ListedRun | None:
        """The run of least error on validation data; None where there are no such data, or no run."""
        return next((run for run in self.finished if run.error is not None), None)

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """A line of text for each point under :data:`HEADS`."""
        lines: list[tuple[str, ...]] = []
        for name in self.names:
            if name not in self.runs:
                lines.append((name, "not run", "", "", "", ""))
                continue
            _, status, _, _, error, parameters, took, *_ = self.runs[name].row()
            lines.append((name, status, parameters, error, took, "best" if self.runs[name] is self.best else ""))
        return lines

    def write(self) -> Path:
        """Write the table as :data:`TABLE` in the folder of the sweep, and return where that is.

        Raises:
            StorageError: the disk refused.
        """
        text = io.StringIO()
        keys = list(self.settings[0])
        out = csv.writer(text, lineterminator="\n")
        out.writerow(("run", "status", "best", *keys, "valid_relative_l2", "parameters", "epochs", "seconds"))
        for name, settings in zip(self.names, self.settings, strict=True):
            run = self.runs.get(name)
            head = (name, "not run", "") if run is None else (name, run.status, "yes" if run is self.best else "")
            figures = () if run is None else (run.valid_relative_l2, run.parameters, run.epochs, run.seconds)
            out.writerow((*head, *settings.values(), *figures))
        publish_text(self.folder / TABLE, text.getvalue())
        return self.folder / TABLE


def refuse_table(folder: Path, overwrite: bool) -> None:
    """Refuse a folder that holds another file of the name that the table of a sweep will have.

    Raises:
        SettingsError: as of :func:`surrogate.outputs.place`.
    """
    file = folder / TABLE
    place(
        file, "file", overwrite=overwrite, ours=lambda path: "" if read_bytes(path)[: len(_FIRST)] == _FIRST else OTHERS
    )
