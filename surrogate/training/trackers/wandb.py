"""Weights & Biases: settings and curves in the folder ``wandb`` of the run, sent nowhere unless ``WANDB_MODE`` says."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from surrogate.training.tracker import Row, settings_of_run

PACKAGE = "wandb"
PROJECT = "surrogate"


class EpochLog:
    """The run as Weights & Biases keeps it; `wandb sync` sends what was written offline, under one number."""

    def __init__(self, folder: Path, rows: Sequence[Row]) -> None:
        # Errors of the package go to its makers through the network.
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        import wandb

        quiet = wandb.Settings(silent=True, console="off", x_disable_stats=True, disable_git=True, save_code=False)
        self.run = wandb.init(
            project=os.environ.get("WANDB_PROJECT") or PROJECT,
            name=folder.name,
            id=_number(folder) if rows else None,
            resume="allow" if rows else None,
            dir=str(folder),
            mode=os.environ.get("WANDB_MODE") or "offline",
            config=settings_of_run(folder),
            reinit="create_new",
            settings=quiet,
        )

    def append(self, row: Row) -> None:
        """Add the figures of an epoch that are finite."""
        figures = {name: value for name, value in row.items() if name != "epoch" and value is not None}
        self.run.log(figures, step=int(row["epoch"] or 0))

    def close(self) -> None:
        """Write what is not yet written."""
        self.run.finish()


def _number(folder: Path) -> str | None:
    """Return the number under which the training before logged, which ends the name of its folder."""
    names = sorted(entry.name for entry in (folder / "wandb").glob("*run-*-*") if entry.is_dir())
    return names[-1].rpartition("-")[2] if names else None


TRACKER = EpochLog
