"""What lies at a path, opened by its kind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from surrogate.datasets.dataset import open_dataset
from surrogate.errors import InputError
from surrogate.interface.opened_data import OpenedData
from surrogate.interface.opened_run import OpenedRun
from surrogate.kinds import DATASET, RUN, STUDY, absent, kind_of
from surrogate.predictors.runs import read_record
from surrogate.tuning.study_record import read_study

if TYPE_CHECKING:
    from surrogate.interface.tuned_runs import OpenedStudy


def open(path: str | os.PathLike[str]) -> OpenedData | OpenedRun | OpenedStudy:
    """Return the data set, the run or the study in a folder.

    Raises:
        InputError: there is none, or it is damaged or unfinished.
    """
    folder = Path(path).expanduser().absolute()
    if not folder.exists():
        raise absent(folder, "data set or run")
    kind = kind_of(folder)
    if kind == DATASET:
        return OpenedData(open_dataset(folder))
    if kind == RUN:
        read_record(folder)
        return OpenedRun(folder)
    if kind == STUDY:
        from surrogate.interface.tuned_runs import OpenedStudy

        read_study(folder)
        return OpenedStudy(folder)
    held = "no data set and no run" if kind is None else f"a {kind}"
    raise InputError(f"{folder}: {held}; expected a data set (manifest.json) or a run (run.json)")
