"""TensorBoard: a curve of every figure, in the folder ``tensorboard`` of the run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from surrogate.training.tracker import Row

PACKAGE = "tensorboard"


class EpochCurves:
    """The curves of a run, cut behind the ``rows`` that are done."""

    def __init__(self, folder: Path, rows: Sequence[Row]) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.board = SummaryWriter(str(folder / "tensorboard"), purge_step=len(rows) + 1)

    def append(self, row: Row) -> None:
        """Add the figures of an epoch that are finite."""
        for name, value in row.items():
            if name != "epoch" and value is not None:
                self.board.add_scalar(name, value, row["epoch"])

    def close(self) -> None:
        """Write what is not yet written."""
        self.board.close()


TRACKER = EpochCurves
