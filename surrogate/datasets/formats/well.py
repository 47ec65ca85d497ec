"""The files of The Well: trajectories in HDF5, in a folder as published or a single one.

A folder holds ``data/train``, ``data/valid`` and ``data/test``, each with any number of files; fields of order 0, 1 and
2 lie in ``t0_fields``, ``t1_fields`` and ``t2_fields``, and what varies with what is said beside each. Components of a
vector become fields of their own, ``velocity_x``, of a tensor ``stress_xy``. A parameter that differs between files or
trajectories becomes a number that goes in.

Layout: https://github.com/PolymathicAI/the_well, docs/data_format.md, version 1.2.0 (BSD-3-Clause).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.foreign import Foreign, Rows, SourceArray
from surrogate.datasets.formats._axes import PlacedAxis
from surrogate.datasets.formats._blocks import FieldBlock, Role
from surrogate.datasets.formats._damage import refusing_damage
from surrogate.datasets.formats._many_files import Arrays, across, split_rows
from surrogate.datasets.formats._published import Published
from surrogate.datasets.formats._well_file import KEYS, File, Stored, agree, looked_at
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.source import Source
from surrogate.datasets.stored_array import hdf5_array
from surrogate.errors import InputError
from surrogate.spaces import SPLITS, FieldSpec, Split

_SUFFIXES = (".h5", ".hdf5")
_WHY = "HDF5 with groups t0_fields, dimensions and boundary_conditions"


def recognise(source: Source) -> str | None:
    """Return why it is of The Well, None where it is not."""
    if source.kind == "folder":
        held = [split for split in SPLITS if any(name.startswith(f"data/{split}/") for name in source.files)]
        if not held or "dimensions" not in {entry.name for entry in source.entries}:
            return None
        return f"a folder with data/{{{','.join(held)}}}, {_WHY}"
    return _WHY if {entry.name for entry in source.entries} >= KEYS else None


@refusing_damage
def read(path: Path, reading: Reading = AS_IT_IS) -> Foreign:
    """Return the trajectories of a folder or a file; values are read as they are asked for.

    Raises:
        InputError: a file is damaged, of another layout, or other than the first.
    """
    splits = _files_of(path)
    files = [looked_at(file) for _, file in splits]
    first = files[0]
    for other in files[1:]:
        agree(first, other)
    counts = [file.count for file in files]
    frames = min(len(file.times) for file in files)
    starts = np.cumsum([0, *counts])
    differing = [name for name in first.parameters if len({file.parameters[name] for file in files}) > 1]
    published = Published(
        format="well",
        name=first.name,
        notes=_notes(files, frames, differing),
        where=str(path),
        count=int(starts[-1]),
        blocks=[*_numbers(files, starts, differing), *_fields(files, starts, frames)],
        axes=_axes(first),
        boundary=first.boundary.sides,
        times=first.times[:frames],
        splits=split_rows([split for split, _ in splits], starts),
        equation=None if first.ours is None else first.ours.equation,
        task=None if first.ours is None else first.ours.task,
        guesses=("open at the walls: boundary=...",) if first.walls else (),
    )
    return published.read_as(reading)


def _axes(first: File) -> dict[str, NDArray[Any] | PlacedAxis]:
    grid = None if first.ours is None else first.ours.grid
    if grid is None or grid.points != tuple(len(places) for places in first.coordinates):
        return dict(zip(first.axes, first.coordinates, strict=True))
    placed = zip(grid.points, grid.lengths, grid.placement, grid.origin, strict=True)
    return {name: PlacedAxis(*axis) for name, axis in zip(first.axes, placed, strict=True)}


def _hdf5_in(folder: Path) -> list[Path]:
    held = folder.iterdir() if folder.is_dir() else ()
    return sorted(file for file in held if file.suffix.lower() in _SUFFIXES)


def _files_of(path: Path) -> list[tuple[Split | None, Path]]:
    if path.is_file():
        return [(None, path)]
    held: list[tuple[Split | None, Path]] = [
        (split, file) for split in SPLITS for file in _hdf5_in(path / "data" / split)
    ]
    if not held:
        raise InputError(f"{path}: no files in data/train, data/valid or data/test; expected .hdf5 or .h5")
    return held


def _numbers(files: Sequence[File], starts: Rows, differing: Sequence[str]) -> list[FieldBlock]:
    """Return the parameters that are not the same everywhere: one number for each trajectory."""
    blocks = []
    for name in files[0].per_sample:
        read = _reader(files, starts, Stored("scalars", name, 0, (), True, False), 0, ())
        blocks.append(FieldBlock((FieldSpec(name=name, unit="1", role="uniform"),), read))
    for name in differing:
        values = np.repeat([file.parameters[name] for file in files], np.diff(starts))
        blocks.append(FieldBlock.of(name, "uniform", values.__getitem__))
    return blocks


def _fields(files: Sequence[File], starts: Rows, frames: int) -> list[FieldBlock]:
    first = files[0]
    points = tuple(len(places) for places in first.coordinates)
    ours = () if first.ours is None else first.ours.constants
    numbers = {field.name for field in ours if field.role == "uniform"}
    blocks = []
    for one in sorted(first.stored, key=lambda one: one.in_time):
        endings = map("".join, itertools.product(first.axes, repeat=one.order))
        names = [f"{one.name}_{ending}" if ending else one.name for ending in endings]
        role: Role = "state" if one.in_time else "uniform" if names[0] in numbers else "constant"
        fields = tuple(FieldSpec(name=name, unit=first.units[one.name], role=role) for name in names)
        held = SourceArray(one.shape, ",".join(_axes_of(one, first.axes)))
        blocks.append(FieldBlock(fields, _reader(files, starts, one, frames, points), held))
    return blocks


def _axes_of(one: Stored, axes: Sequence[str]) -> list[str]:
    lead = ["n"] * one.per_sample + ["t"] * one.in_time
    return [*lead, *(axis for axis, varies in zip(axes, one.dims, strict=True) if varies), *["c"] * one.order]


def _reader(
    files: Sequence[File], starts: Rows, one: Stored, frames: int, points: tuple[int, ...]
) -> Callable[[Rows], Arrays]:
    """Return the function that reads the components of an array for rows of all files, filled up along every axis."""

    def pick(owner: int, rows: Rows) -> Arrays:
        array = hdf5_array(files[owner].path, one.place)
        values = array.take(0, rows) if one.per_sample else np.broadcast_to(array.all(), (len(rows), *array.shape))
        values = values[:, :frames] if one.in_time else values
        lead = values.shape[: 1 + one.in_time]
        held = iter(values.shape[len(lead) :])
        seen = [next(held) if varies else 1 for varies in one.dims]
        components = values.reshape(*lead, *seen, -1)
        return [np.broadcast_to(components[..., k], (*lead, *points)) for k in range(components.shape[-1])]

    return lambda rows: across(starts, rows, pick)


def _notes(files: Sequence[File], frames: int, differing: Sequence[str]) -> str:
    first = files[0]
    parts = [f"{len(files)} files of The Well"] if len(files) > 1 else ["A file of The Well"]
    same = {name: value for name, value in first.parameters.items() if name not in differing}
    if same:
        parts.append("with " + ", ".join(f"{name} = {value:g}" for name, value in same.items()))
    notes = " ".join(parts) + "; it gives no units."
    if first.walls:
        notes += " It says where walls are and not what the fields do at them: those sides are open here."
    if any(len(file.times) > frames for file in files):
        notes += f" Its files have different numbers of frames: the first {frames} of each are taken."
    if first.passed_over:
        notes += f" Left out, as they vary in time alone: {', '.join(first.passed_over)}."
    return notes
