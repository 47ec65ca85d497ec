"""MLflow: settings and curves in the store ``mlflow.db`` beside the run, or where ``MLFLOW_TRACKING_URI`` says."""

from __future__ import annotations

import logging
import os
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from surrogate.files import publish_text
from surrogate.reading import read_text
from surrogate.training.tracker import Row, settings_of_run

PACKAGE = "mlflow"
# The number of the run in the store, so that a training that goes on goes on there.
FILE = "mlflow.txt"
EXPERIMENT = "surrogate"
# What MLflow takes in one call, and of one value.
_MOST, _LONGEST = 100, 500


class EpochMetrics:
    """The run in the store, gone on with where ``rows`` are done; an epoch that is told twice counts as told last."""

    def __init__(self, folder: Path, rows: Sequence[Row]) -> None:
        # What MLflow tells its makers of its use goes through the network.
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        with _quiet():
            from mlflow.tracking import MlflowClient

            # A store that all runs of a folder share is what the pages of MLflow compare them in.
            where = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{folder.absolute().parent / 'mlflow.db'}"
            self.client = MlflowClient(tracking_uri=where)
            file = folder / FILE
            if rows and file.is_file():
                self.run = read_text(file).strip()
                self.client.update_run(self.run, status="RUNNING")
            else:
                self.run = self._begun(folder)
                publish_text(file, f"{self.run}\n")

    def _begun(self, folder: Path) -> str:
        """Return the number of a new run, with the settings of the training."""
        from mlflow.entities import Param

        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
        experiment = self.client.get_experiment_by_name(name)
        number = self.client.create_experiment(name) if experiment is None else experiment.experiment_id
        run: str = self.client.create_run(number, run_name=folder.name).info.run_id
        params = [Param(key, str(value)[:_LONGEST]) for key, value in settings_of_run(folder).items()]
        for start in range(0, len(params), _MOST):
            self.client.log_batch(run, params=params[start : start + _MOST])
        return run

    def append(self, row: Row) -> None:
        """Add the figures of an epoch that are finite."""
        with _quiet():
            from mlflow.entities import Metric

            now, step = int(1000 * time.time()), int(row["epoch"] or 0)
            figures = {name: value for name, value in row.items() if name != "epoch" and value is not None}
            metrics = [Metric(name, float(value), now, step) for name, value in figures.items()]
            self.client.log_batch(self.run, metrics=metrics)

    def close(self) -> None:
        """Mark the run as ended; a training that goes on marks it as running again."""
        with _quiet():
            self.client.set_terminated(self.run)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what MLflow and the database beneath it say of themselves from the terminal."""
    logger = logging.getLogger("mlflow")
    before = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(before)


TRACKER = EpochMetrics
