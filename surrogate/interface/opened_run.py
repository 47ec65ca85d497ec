"""A run in the hands of a Python program."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surrogate.datasets.dataset import open_dataset
from surrogate.integrity import read_lines
from surrogate.interface import notebook
from surrogate.interface.opened_data import OpenedData
from surrogate.predictors.runs import RunRecord, read_record
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
