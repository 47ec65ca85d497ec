"""The plan: what a folder is going to hold, written before anything else, so that the same command can go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

import surrogate
from surrogate.datasets import layout
from surrogate.errors import InputError, SettingsError, some
from surrogate.files import make_folder
from surrogate.integrity import publish_record, read_sealed
from surrogate.outputs import Inputs, place
from surrogate.spaces import Frozen, Split

Command = Literal["generate", "data convert"]
_SOFTWARE = ("numpy", "torch", "scipy", "h5py")


class About(Frozen):
    """What a data set is, for its card."""

    title: str
    source: str
    notes: str


class Plan(Frozen):
    """The settings that decide the numbers of a data set; ``settings`` is all of them but the counts.

    ``about`` is what a person should read of it: title, source, notes. It may be worded anew without harm.
    ``certificate`` is what the data set must show before it is trusted, None where they come from elsewhere.
    """

    schema_version: Literal[1]
    command: Command
    about: About
    settings: dict[str, Any]
    count: dict[Split, Annotated[int, Field(ge=0)]]
    part_size: Annotated[int, Field(gt=0)]
    software: dict[str, str]
    certificate: dict[str, Any] | None = None

    @classmethod
    def of(
        cls,
        command: Command,
        about: About,
        settings: dict[str, Any],
        count: Mapping[Split, int],
        part_size: int,
        certificate: dict[str, Any] | None = None,
    ) -> Plan:
        """Return the plan of these settings with the software that runs now."""
        return cls(
            schema_version=1,
            command=command,
            about=about,
            settings=settings,
            count=dict(count),
            part_size=part_size,
            certificate=certificate,
            software={"surrogate": surrogate.__version__} | {name: version(name) for name in _SOFTWARE},
        )

    def pieces(self) -> Iterator[layout.Piece]:
        """Yield the parts of the finished data set."""
        return layout.pieces(self.count, self.part_size)

    def decisive(self, finished: bool) -> dict[str, Any]:
        """Return what must be equal for the same data set; an unfinished one is not continued with other software."""
        shared = {"command": self.command, "count": self.count, "part_size": self.part_size, **self.settings}
        return shared if finished else shared | {"software": self.software}


def begin(folder: Path, plan: Plan, inputs: Inputs | None = None, overwrite: bool = False) -> bool:
    """Make ``folder`` the place of ``plan``; return whether the data set in it is finished.

    Args:
        folder: as the user gives it.
        plan: what it is going to hold.
        inputs: what the command reads.
        overwrite: replace a data set of other settings, and files of other people that are called as those of one.

    Raises:
        SettingsError: the folder holds something else, or was begun with other settings or, unfinished, other software.
        StorageError: the disk refused.
    """
    folder = placed(folder, inputs, overwrite)
    finished = (folder / layout.MANIFEST).exists()
    if (folder / layout.PLAN).exists():
        differing = _differing(folder, plan, finished, overwrite)
        if not differing:
            return finished
        if not overwrite:
            advice = "choose another folder, or replace it with overwrite=true"
            raise SettingsError(f"out: {folder} has other settings: {some(differing)}; {advice}")
    make_folder(folder)
    if overwrite:
        layout.clear(folder)
    publish_record(folder / layout.PLAN, plan)
    return False


def placed(folder: Path, inputs: Inputs | None = None, overwrite: bool = False) -> Path:
    """Return where a data set goes, links followed; a folder that holds something else is refused.

    Raises:
        SettingsError, StorageError, UsageError: as of :func:`surrogate.outputs.place`.
    """

    def judge(there: Path) -> str:
        return "" if (there / layout.PLAN).is_file() else "exists and is not a data set of ours"

    return place(folder, "folder", inputs=inputs, overwrite=overwrite, ours=judge)


def _differing(folder: Path, plan: Plan, finished: bool, overwrite: bool) -> list[str]:
    try:
        earlier = read_plan(folder)
    except InputError as error:
        if not overwrite:
            raise
        return [str(error)]
    return differences(earlier.decisive(finished), plan.decisive(finished))


def read_plan(folder: Path) -> Plan:
    """Return the plan in ``folder``.

    Raises:
        InputError: it is not there, or not a plan of this version.
    """
    path = folder / layout.PLAN
    try:
        return Plan.model_validate_json(read_sealed(path))
    except ValidationError as error:
        raise InputError(f"{path}: not a plan of this version ({error.error_count()} keys differ)") from error


def differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Return ``"key is A there, B here"`` for every dotted key whose values differ, sorted."""
    old, new = _flat(there), _flat(here)
    absent = "absent"
    return [
        f"{key} is {old.get(key, absent)} there, {new.get(key, absent)} here"
        for key in sorted(old.keys() | new.keys())
        if old.get(key, absent) != new.get(key, absent)
    ]


def _flat(tree: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        flat |= _flat(value, f"{above}{key}.") if isinstance(value, Mapping) else {above + key: value}
    return flat
