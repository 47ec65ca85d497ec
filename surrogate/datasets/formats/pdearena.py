"""The files of PDEArena: HDF5 with a group ``train``, ``valid`` or ``test``, one file or a folder of them.

* flows in two dimensions: ``u`` (what is carried), ``vx``, ``vy``, all ``(n, t, x, y)``, with ``t`` ``(n, t)``, ``dx``
  and ``dy`` ``(n,)`` and, where it differs, the buoyancy ``buo_y`` ``(n,)``;
* lines: ``pde_TIMES-POINTS`` ``(n, t, x)``, with ``dt``, ``dx`` and, where it differs, the viscosity ``v``, all
  ``(n,)``: every trajectory has a length and times of its own.

Source: https://github.com/pdearena/pdearena, pdearena/data (MIT).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.foreign import Foreign, Rows, SourceArray
from surrogate.datasets.formats._axes import PlacedAxis
from surrogate.datasets.formats._blocks import FieldBlock, Role
from surrogate.datasets.formats._damage import real_numbers, refusing_damage
from surrogate.datasets.formats._many_files import across, split_rows
from surrogate.datasets.formats._published import Published
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.source import Source
from surrogate.datasets.stored_array import hdf5_array
from surrogate.errors import InputError
from surrogate.spaces import SPLITS, FieldSpec, Split

_FLOW = ("u", "vx", "vy")
_CALLED = {"buo_y": "buoyancy", "v": "viscosity", "dt": "time_step", "dx": "spacing"}
_LINE = "pde_"


class _Group(NamedTuple):
    """The arrays of a split in a file."""

    path: Path
    split: Split
    shapes: dict[str, tuple[int, ...]]

    def array(self, name: str) -> NDArray[Any]:
        """Return a small array of the group."""
        return real_numbers(hdf5_array(self.path, f"{self.split}/{name}"), f"{self.path}: '{self.split}/{name}'")


def recognise(source: Source) -> str | None:
    """Return why it is of PDEArena, None where it is not."""
    for split in SPLITS:
        held = {name.removeprefix(f"{split}/") for name in source.names if name.startswith(f"{split}/")}
        lines = sorted(name for name in held if name.startswith(_LINE))
        if source.magic == "hdf5" and ((held >= {*_FLOW, "t"}) or (lines and "dx" in held)):
            return f"HDF5 with {split}/{' and '.join(_FLOW if held >= set(_FLOW) else lines[:1])}"
    return None


@refusing_damage
def read(path: Path, reading: Reading = AS_IT_IS) -> Foreign:
    """Return the trajectories of a file or a folder; values are read as they are asked for.

    Raises:
        InputError: a file is damaged, its arrays are others, or other than those of the first.
        SettingsError: what the user says does not fit.
    """
    files = sorted(file for file in path.rglob("*.h5") if file.is_file()) if path.is_dir() else [path]
    groups = [group for file in files for group in _groups(file)]
    groups.sort(key=lambda group: SPLITS.index(group.split))
    if not groups:
        raise InputError(f"{path}: holds no group train, valid or test; expected a file of PDEArena")
    lines = sorted(name for name in groups[0].shapes if name.startswith(_LINE))
    states = tuple(lines[:1]) or _FLOW
    for group in groups:
        if any(group.shapes.get(name, ())[1:] != groups[0].shapes[states[0]][1:] for name in states):
            raise InputError(
                f"{group.path}: '{group.split}' has other arrays than {groups[0].path.name}; expected one kind"
            )
    starts = np.cumsum([0, *(group.shapes[states[0]][0] for group in groups)])
    published = (_line if lines else _flow)(path, groups, starts, states)
    return published.read_as(reading)


def _groups(path: Path) -> list[_Group]:
    from surrogate.datasets.foreign_hdf5 import members_of_hdf5

    members = members_of_hdf5(path)
    held = []
    for split in SPLITS:
        before = f"{split}/"
        shapes = {
            member.name.removeprefix(before): member.shape for member in members if member.name.startswith(before)
        }
        if shapes:
            held.append(_Group(path, split, shapes))
    return held


def _flow(path: Path, groups: Sequence[_Group], starts: Rows, states: Sequence[str]) -> Published:
    first = groups[0]
    if any(len(first.shapes.get(name, ())) != 4 for name in states):
        raise InputError(f"{first.path}: '{first.split}' has {first.shapes}; expected u, vx, vy, all (n, t, x, y)")
    times = first.array("t")
    points = first.shapes["u"][2:]
    spacing = [float(first.array(f"d{axis}").ravel()[0]) for axis in "xy"]
    numbers = ["buo_y"] if "buo_y" in first.shapes else []
    return Published(
        format="pdearena",
        name=path.stem,
        notes=(
            "A flow of PDEArena between walls at which the velocity is 0; u is carried by it. Values are at the centres"
            " of cells of size dx, dy, though x and y, as published, run from wall to wall. It gives no units."
        ),
        where=str(path),
        count=int(starts[-1]),
        blocks=[
            *(_block(groups, starts, name, "uniform") for name in numbers),
            *(_block(groups, starts, name, "state") for name in states),
        ],
        axes={
            axis: PlacedAxis(count, width * count, "cells", 0.0)
            for axis, count, width in zip("xy", points, spacing, strict=True)
        },
        boundary=[("dirichlet", "dirichlet")] * 2,
        times=times[0] if times.ndim > 1 else times,
        splits=split_rows([group.split for group in groups], starts),
    )


def _line(path: Path, groups: Sequence[_Group], starts: Rows, states: Sequence[str]) -> Published:
    shape = groups[0].shapes[states[0]]
    numbers = [name for name in ("dt", "dx", "v") if name in groups[0].shapes]
    return Published(
        format="pdearena",
        name=path.stem,
        notes=(
            "Trajectories of PDEArena on periodic lines, each with a time step and a spacing of its own: they are"
            " numbers that go in; lengths and times here count points and frames. It gives no units."
        ),
        where=str(path),
        count=int(starts[-1]),
        blocks=[
            *(_block(groups, starts, name, "uniform") for name in numbers),
            _block(groups, starts, states[0], "state", "u"),
        ],
        axes={"x": PlacedAxis(shape[2], float(shape[2]), "left", 0.0)},
        boundary=[("periodic", "periodic")],
        times=np.arange(shape[1]),
        splits=split_rows([group.split for group in groups], starts),
    )


def _block(groups: Sequence[_Group], starts: Rows, name: str, role: Role, called: str | None = None) -> FieldBlock:
    def read(rows: Rows) -> list[NDArray[Any]]:
        return across(starts, rows, lambda owner, own: [_rows(groups[owner], name, own)])

    field = FieldSpec(name=called or _CALLED.get(name, name), unit="1", role=role)
    return FieldBlock((field,), read, SourceArray(groups[0].shapes[name], "n" if role == "uniform" else "n,t,x,y"))


def _rows(group: _Group, name: str, rows: Rows) -> NDArray[Any]:
    return hdf5_array(group.path, f"{group.split}/{name}").take(0, rows)
