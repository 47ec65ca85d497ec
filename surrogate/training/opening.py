"""What a run folder says before training starts: nothing yet, go on, or leave alone."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from surrogate.datasets.dataset import Dataset
from surrogate.datasets.plan import differences
from surrogate.errors import InputError, SettingsError, some
from surrogate.files import UNFINISHED, locked, storage_errors
from surrogate.outputs import OTHERS, place
from surrogate.predictors.runs import EXAMPLES, RECORD, WEIGHTS, RunRecord, read_record
from surrogate.reading import read_bytes
from surrogate.training.checkpoint import STATE
from surrogate.training.history import LINES, TABLE
from surrogate.training.training_settings import TrainConfig
from surrogate.training.transfer.source_weights import digest_at
from surrogate.typed_record import typed_record
from surrogate.written import LEDGER

# What profiling leaves in a folder, whether or not a run is there.
PROFILE, TRACE = "profile.txt", "profile-trace.json"
# How a run is computed, which changes its figures by rounding at most; the same for a part of a batch at a time.
HOW = frozenset({"accumulate", "recompute", "compile", "threads", "data_on", "parallel", "profile", "trackers"})
# What may be given anew when a run goes on; with more time one goes on that had finished for want of it.
ANEW = HOW | {"max_seconds"}
# Where a run, its data and its first weights lie, and whether data are trusted, is no part of it: there are hashes.
_PLACES: dict[str, Any] = {"data": True, "out": True, "init": True, "allow_uncertified": True, "trainer": ANEW}


class Claim:
    """The right to write in the folder of a run, which one process at a time has, for as long as it lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._handle: int | None = None

    def take(self) -> None:
        """Take the right, where it was not taken already; the folder must be there.

        Raises:
            SettingsError: another process has it.
        """
        if self._handle is not None:
            return
        # The folder itself is locked: there is no file that a killed process could leave.
        handle = os.open(self.folder, os.O_RDONLY)
        if not _locked_soon(handle):
            os.close(handle)
            raise SettingsError(f"out={self.folder}: another process trains there now; wait for it, or choose another")
        self._handle = handle

    def release(self) -> None:
        """Give the right back."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _locked_soon(handle: int) -> bool:
    """Lock an open folder; whoever looks whether it is locked holds it for a moment, and is waited for."""
    if locked(handle):
        return True
    time.sleep(0.05)
    return locked(handle)


@contextmanager
def claimed(folder: Path) -> Iterator[Claim]:
    """Give the claim on ``folder``, taken already where there is such a folder, and release it in the end."""
    claim = Claim(folder)
    try:
        if folder.is_dir():
            claim.take()
        yield claim
    finally:
        claim.release()


def check_certificate(config: TrainConfig, dataset: Dataset) -> None:
    """Refuse data that have not shown what their recipe promised, or of which it asked no proof, unless accepted.

    Raises:
        SettingsError: the settings do not accept them; the message says in what they failed.
    """
    if config.allow_uncertified:
        return
    refusal = dataset.certificate.refusal(config.task or dataset.spec.task, config.time.history)
    if refusal is not None:
        raise SettingsError(
            f"data={config.data}: {refusal}; mend the recipe and generate it anew,"
            " or accept it with allow_uncertified=true"
        )


def placed(config: TrainConfig) -> TrainConfig:
    """Return the settings with the place of the run, links followed; a folder that holds something else is refused.

    Raises:
        SettingsError, StorageError, UsageError: as of :func:`surrogate.outputs.place`.
    """

    def judge(folder: Path) -> str:
        held = sorted(_content(folder))
        return f"the folder holds '{held[0]}' and no run" if held and not (folder / RECORD).exists() else ""

    out = place(config.out, "folder", inputs={"data": config.data}, overwrite=config.overwrite, ours=judge)
    return config.model_copy(update={"out": out})


def placed_sweep(folder: Path, overwrite: bool) -> None:
    """Refuse a folder that cannot hold a sweep: its runs are folders of their own, and Hydra writes one file there.

    Raises:
        SettingsError, StorageError, UsageError: as of :func:`surrogate.outputs.place`.
    """

    def judge(path: Path) -> str:
        # Hydra's own file tells all of Hydra's settings.
        return "" if b"hydra:" in read_bytes(path, 2**20) else OTHERS

    place(folder, "folder", ours=lambda path: "")
    place(folder / "multirun.yaml", "file", overwrite=overwrite, ours=judge)


def existing_run(config: TrainConfig, dataset: Dataset) -> RunRecord | None:
    """Return the record of the run that ``config.out`` already holds, or None where one may begin.

    With ``overwrite`` what is there and is no run of these settings counts as nothing.

    Raises:
        SettingsError: it holds a run with other settings or other data.
        InputError: the record of the run is damaged.
    """
    folder = config.out
    if not (folder / RECORD).exists():
        return None
    try:
        record = read_record(folder)
        before = _settings(settings_of(record, folder))
    except InputError:
        if config.overwrite:
            return None
        raise
    differing = differences(before, _settings(config))
    if record.data.hash != dataset.hash:
        differing.append(f"data is '{record.data.name}' there, '{dataset.name}' with other content here")
    differing += _other_origin(record, config)
    if differing and config.overwrite:
        return None
    if differing:
        advice = "choose another folder, or replace it with overwrite=true"
        raise SettingsError(f"out={folder}: a run with other settings is there: {some(differing)}; {advice}")
    return record


def _other_origin(record: RunRecord, config: TrainConfig) -> list[str]:
    """Return in words that the run began with other weights than those that ``config`` names now."""
    if (record.origin is None) != (config.init is None):
        return [
            f"init is {'null' if record.origin is None else record.origin.name} there, {config.init or 'null'} here"
        ]
    if record.origin is None or config.init is None:
        return []
    digest = digest_at(config.init)
    # What is gone cannot have changed.
    changed = digest not in (None, record.origin.sha256)
    return [f"init is {record.origin.name} there, {config.init.name} with other weights here"] if changed else []


def settings_of(record: RunRecord, folder: Path) -> TrainConfig:
    """Return the settings that the run in ``folder`` was trained with; what an older record lacks has its default.

    Raises:
        InputError: they are none of a training.
    """
    return typed_record(TrainConfig, record.settings.model_dump_json(), folder / RECORD, "settings")


def clear(folder: Path) -> None:
    """Remove what training leaves in a folder, and nothing else, the record first: what is left of a run is none."""
    with storage_errors(folder):
        for name in (RECORD, WEIGHTS, EXAMPLES, STATE, LINES, TABLE):
            (folder / name).unlink(missing_ok=True)
        for state in folder.glob("state-*.safetensors"):
            state.unlink()


def _settings(config: TrainConfig) -> dict[str, Any]:
    return config.model_dump(mode="json", exclude=_PLACES)


def _content(folder: Path) -> list[str]:
    names = [file.name for file in folder.iterdir()] if folder.exists() else []
    return [name for name in names if not name.startswith(UNFINISHED) and name not in (PROFILE, TRACE, LEDGER)]
