"""A run in the hands of a Python program."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surrogate.datasets.dataset import open_dataset
from surrogate.environment import choose_device
from surrogate.integrity import read_lines
from surrogate.interface import notebook
from surrogate.interface.opened_data import OpenedData
from surrogate.predictors.runs import WEIGHTS, Run, RunRecord, load_run, read_record
from surrogate.training.checkpoint import standing
from surrogate.training.history import LINES

if TYPE_CHECKING:
    from surrogate.interface.evaluated_runs import Evaluated
    from surrogate.interface.exported_files import ExportedFile


@dataclass(frozen=True)
class OpenedRun:
    """The folder that training left; it may be given wherever its path may.

    Attributes:
        path: its folder.
    """

    path: Path
    _read: dict[str, tuple[tuple[int, ...], Run]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def record(self) -> RunRecord:
        """What is known of it: settings, problem, data, figures, environment.

        Raises:
            InputError: it is damaged.
        """
        return read_record(self.path)

    @property
    def metrics(self) -> dict[str, float]:
        """The figures of the epoch whose weights are kept: ``train_loss``, ``valid_relative_l2``, ..."""
        return dict(self.record.metrics)

    @property
    def history(self) -> tuple[dict[str, Any], ...]:
        """One row for each epoch."""
        return tuple(read_lines(self.path / LINES))

    @property
    def data(self) -> OpenedData:
        """The data set that it learned from.

        Raises:
            InputError: it is not there any more.
        """
        return OpenedData(open_dataset(self.record.settings.data))

    def predictor(self, device: str = "cpu") -> Run:
        """Return what answers, on a device: read once, and again where a training has replaced the weights since.

        Raises:
            InputError: it has no weights yet, or is damaged.
            SettingsError: there is no such device.
        """
        place = choose_device(device)
        state, known = _state(self.path / WEIGHTS), self._read.get(str(place))
        if known is None or known[0] != state:
            known = self._read[str(place)] = (state, load_run(self.path, place))
        return known[1]

    def predict(self, fields: Any, *, points: Any = None, **settings: Any) -> Any:
        """Return what it answers for inputs, in physical units; see :func:`surrogate.predict`."""
        from surrogate.interface.predicted_fields import predict

        return predict(self, fields, points=points, **settings)

    def evaluate(self, **settings: Any) -> Evaluated:
        """Return how good it is on a split that it did not learn from; see :func:`surrogate.evaluate`."""
        from surrogate.interface.evaluated_runs import evaluate

        return evaluate(self, **settings)

    def export(self, out: str | os.PathLike[str] | None = None, **settings: Any) -> ExportedFile:
        """Return the file that it was written to; see :func:`surrogate.export`."""
        from surrogate.interface.exported_files import export

        return export(self, out, **settings)

    def __fspath__(self) -> str:
        return os.fspath(self.path)

    def __repr__(self) -> str:
        record = self.record
        return f"<run {record.settings.model.name} in {self.path}: {record.status_text()}>"

    def _repr_html_(self) -> str:
        """Return its figures, for a notebook."""
        return notebook.facts(str(self.path), standing(self.path).figures())


def _state(path: Path) -> tuple[int, ...]:
    """Return what differs once a file has been replaced; nothing where there is none."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_ino, status.st_mtime_ns, status.st_size
