"""What a study is, on disk: ``study.json``, beside ``study.db`` with its trials and the folders of their runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from surrogate.datasets.dataset import Dataset
from surrogate.datasets.plan import differences
from surrogate.errors import InputError, SettingsError, some
from surrogate.files import UNFINISHED, storage_errors
from surrogate.integrity import publish_record, read_sealed
from surrogate.outputs import place
from surrogate.predictors.runs import DataRecord
from surrogate.spaces import Frozen
from surrogate.training.opening import HOW
from surrogate.tuning.tuning_settings import TuneConfig
from surrogate.typed_record import typed_record
from surrogate.written import LEDGER

RECORD, DATABASE = "study.json", "study.db"
# What may differ when a study goes on: more trials, and where things lie.
_PLACES = {"data", "out", "trials", "epochs", "words", "config_dir"}


class StudyRecord(Frozen):
    """The settings of a study and the data it searches on; in the file, paths are relative to its folder."""

    version: Literal[1]
    settings: TuneConfig
    data: DataRecord


def trial_folder(study: Path, number: int) -> Path:
    """Return the folder of the run of a trial."""
    return study / f"trial-{number:03d}"


def read_study(folder: Path) -> StudyRecord:
    """Return the record of the study in ``folder``.

    Raises:
        InputError: there is none, or it is damaged.
    """
    path = folder / RECORD
    record = typed_record(StudyRecord, read_sealed(path), path)
    data = Path(os.path.normpath(folder.absolute() / record.settings.data))
    return record.model_copy(update={"settings": record.settings.model_copy(update={"data": data, "out": folder})})


def placed_study(config: TuneConfig) -> TuneConfig:
    """Return the settings with the place of the study, links followed; a folder that holds something else is refused.

    Raises:
        SettingsError, StorageError, UsageError: as of :func:`surrogate.outputs.place`.
    """

    def judge(folder: Path) -> str:
        held = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith((UNFINISHED, LEDGER)))
        return f"the folder holds '{held[0]}' and no study" if held and not (folder / RECORD).exists() else ""

    out = place(config.out, "folder", inputs={"data": config.data}, overwrite=config.overwrite, ours=judge)
    return config.model_copy(update={"out": out})


def begin_study(config: TuneConfig, dataset: Dataset) -> StudyRecord:
    """Return the record of the study at ``config.out``, which the caller has claimed; it is written where none was.

    Raises:
        SettingsError: a study with other settings or other data is there, and is not to be replaced.
        InputError: its record is damaged.
        StorageError: the disk refused.
    """
    data = DataRecord(name=dataset.name, hash=dataset.hash)
    fresh = StudyRecord(version=1, settings=config, data=data)
    if (config.out / RECORD).exists():
        try:
            differing = _differences(read_study(config.out), fresh)
        except InputError:
            if not config.overwrite:
                raise
            differing = ["its record is damaged"]
        if differing and not config.overwrite:
            advice = "choose another folder by out=, or replace it with overwrite=true"
            raise SettingsError(f"out={config.out}: a study with other settings is there: {some(differing)}; {advice}")
        if differing:
            with storage_errors(config.out):
                for name in (RECORD, DATABASE, f"{DATABASE}-journal"):
                    (config.out / name).unlink(missing_ok=True)
    where = os.path.relpath(config.data, config.out)
    kept = config.model_copy(update={"data": Path(where), "out": Path()})
    publish_record(config.out / RECORD, fresh.model_copy(update={"settings": kept}))
    return fresh


def _differences(before: StudyRecord, now: StudyRecord) -> list[str]:
    differing = differences(_compared(before), _compared(now))
    if before.data.hash != now.data.hash:
        differing.append(f"data is '{before.data.name}' there, '{now.data.name}' with other content here")
    return differing


def _compared(record: StudyRecord) -> dict[str, Any]:
    tree = record.settings.model_dump(mode="json", exclude=_PLACES)
    # How a training is computed is no part of what it is.
    trainer = {key: value for key, value in tree["held"].get("trainer", {}).items() if key not in HOW}
    return tree | {"held": tree["held"] | {"trainer": trainer}}
