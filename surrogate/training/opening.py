"""What a run folder says before training starts: nothing yet, go on, or leave alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from surrogate.config.schema import TrainConfig
from surrogate.datasets.dataset import Dataset
from surrogate.datasets.plan import differences
from surrogate.errors import SettingsError, some
from surrogate.files import UNFINISHED
from surrogate.runs import RECORD, RunRecord, read_record

# Where a run and its data lie, and whether these are trusted, is no part of what it is: the data have a hash.
_PLACES = {"data", "out", "allow_uncertified"}


def check_certificate(config: TrainConfig, dataset: Dataset) -> None:
    """Refuse data whose certificate failed, unless the settings accept them.

    Raises:
        SettingsError: it failed; the message says in what.
    """
    certificate = dataset.certificate
    if certificate.status == "failed" and not config.allow_uncertified:
        raise SettingsError(
            f"data={config.data}: its certificate failed ({certificate.reason}); mend the recipe and generate it anew,"
            " or accept it with allow_uncertified=true"
        )


def existing_run(config: TrainConfig, dataset: Dataset) -> RunRecord | None:
    """Return the record of the run that ``config.out`` already holds, or None where one may begin.

    Raises:
        SettingsError: the folder holds something else, or a run with other settings or other data.
        InputError: the record of the run is damaged.
    """
    folder = config.out
    if folder.exists() and not folder.is_dir():
        raise SettingsError(f"out={folder}: a file, expected a folder or nothing")
    if not (folder / RECORD).exists():
        held = sorted(_content(folder))
        if held:
            raise SettingsError(f"out={folder}: the folder holds '{held[0]}' and no run; choose another")
        return None
    record = read_record(folder)
    differing = differences(_settings(record.settings), _settings(config))
    if record.data.hash != dataset.hash:
        differing.append(f"data is '{record.data.name}' there, '{dataset.name}' with other content here")
    if differing:
        raise SettingsError(f"out={folder}: a run with other settings is there: {some(differing)}")
    return record


def _settings(config: TrainConfig) -> dict[str, Any]:
    return config.model_dump(mode="json", exclude=_PLACES)


def _content(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if not file.name.startswith(UNFINISHED)] if folder.exists() else []
