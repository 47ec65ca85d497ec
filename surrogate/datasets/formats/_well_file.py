"""What a file of The Well says of itself: its grid, times, boundary, and what each field varies with.

Layout: https://github.com/PolymathicAI/the_well, docs/data_format.md, version 1.2.0 (BSD-3-Clause).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.formats._attributes import flag, word, words
from surrogate.datasets.formats._damage import real_numbers
from surrogate.datasets.source import Member
from surrogate.datasets.stored_array import hdf5_array
from surrogate.errors import InputError
from surrogate.spaces import Boundary, DataSpec, Grid

KEYS = {"t0_fields", "dimensions", "boundary_conditions"}
_GROUPS = ("t0_fields", "t1_fields", "t2_fields")
# What holds at a side, by what The Well calls it. A wall is there, and what the fields do at it is not said.
_CONDITIONS = {"periodic": "periodic", "wall": "open", "open": "open"}

Members = Mapping[str, Member]


@dataclass(frozen=True)
class Stored:
    """An array of fields: in which group it lies, how many trailing axes of components, and what it varies with."""

    group: str
    name: str
    order: int
    dims: tuple[bool, ...]
    per_sample: bool
    in_time: bool
    shape: tuple[int, ...] = field(default=(), compare=False)

    @property
    def place(self) -> str:
        """Its full name in the file."""
        return f"{self.group}/{self.name}"


@dataclass(frozen=True)
class File:
    """What one file says of itself."""

    path: Path
    name: str
    count: int
    axes: tuple[str, ...]
    coordinates: tuple[NDArray[Any], ...]
    times: NDArray[Any]
    boundary: Boundary
    walls: bool
    stored: tuple[Stored, ...]
    units: dict[str, str]
    parameters: dict[str, float]
    per_sample: tuple[str, ...]
    passed_over: tuple[str, ...]
    ours: DataSpec | None


def looked_at(path: Path) -> File:
    from surrogate.datasets.foreign_hdf5 import members_of_hdf5

    members = {member.name: member for member in members_of_hdf5(path)}
    missing = sorted(KEYS - set(members))
    if missing:
        raise InputError(f"{path}: has no group {', '.join(missing)}; expected a file of The Well")
    axes = words(members["dimensions"].attributes, "spatial_dims")
    scalars = {name: members[f"scalars/{name}"] for name in _listed(members, "scalars")}
    constant = {name: held for name, held in scalars.items() if not flag(held.attributes, "time_varying")}
    stored = tuple(_stored(members, path, len(axes)))
    boundary, walls = _boundary(members, axes)
    root = members[""].attributes
    parameters = {
        name: float(hdf5_array(path, f"scalars/{name}").all())
        for name, held in constant.items()
        if not flag(held.attributes, "sample_varying")
    }
    return File(
        path=path,
        name=word(root, "dataset_name") or path.stem,
        count=int(np.ravel(root["n_trajectories"])[0]),
        axes=axes,
        coordinates=tuple(_shared(path, axis) for axis in axes),
        times=_shared(path, "time"),
        boundary=boundary,
        walls=walls,
        stored=stored,
        units={one.name: word(members[one.place].attributes, "surrogate_unit") or "1" for one in stored},
        parameters=parameters,
        per_sample=tuple(name for name in constant if name not in parameters),
        passed_over=tuple(name for name in scalars if name not in constant),
        ours=_written_by_us(word(root, "surrogate_spec"), axes),
    )


def _written_by_us(text: str, axes: Sequence[str]) -> DataSpec | None:
    """Return what we wrote of a part of ours beside what The Well has words for, None in files of others."""
    try:
        spec = DataSpec.model_validate_json(text)
    except ValueError:
        return None
    return spec if isinstance(spec.domain, Grid) and len(spec.domain.points) == len(axes) else None


def _listed(members: Members, group: str) -> tuple[str, ...]:
    return words(members[group].attributes, "field_names") if group in members else ()


def _stored(members: Members, path: Path, dimensions: int) -> Iterator[Stored]:
    for order, group in enumerate(_GROUPS):
        for name in _listed(members, group):
            array = members.get(f"{group}/{name}")
            if array is None:
                raise InputError(f"{path}: '{group}' names a field '{name}' that it does not hold")
            dims = tuple(bool(varies) for varies in np.ravel(array.attributes.get("dim_varying", ())))
            flags = (flag(array.attributes, "sample_varying"), flag(array.attributes, "time_varying"))
            axes = sum(flags) + sum(dims) + order
            if len(dims) != dimensions or len(array.shape) != axes:
                raise InputError(f"{path}: '{array.name}' has {len(array.shape)} axes, and its attributes say {axes}")
            yield Stored(group, name, order, dims, *flags, array.shape)


def _shared(path: Path, axis: str) -> NDArray[Any]:
    """Return the coordinates that all trajectories have."""
    values = np.atleast_1d(real_numbers(hdf5_array(path, f"dimensions/{axis}"), f"{path}: '{axis}'"))
    if values.ndim > 1 and not (values == values[:1]).all():
        raise InputError(f"{path}: '{axis}' differs between trajectories; expected one for all")
    return values[0] if values.ndim > 1 else values


def _boundary(members: Members, axes: Sequence[str]) -> tuple[Boundary, bool]:
    """Return what holds at the sides, and whether one is a wall of which no more is said."""
    sides: dict[str, tuple[str, ...]] = {}
    walls = False
    for name, condition in members.items():
        if not name.startswith("boundary_conditions/") or condition.dtype != "group":
            continue
        kind = word(condition.attributes, "bc_type").lower()
        own = words(condition.attributes, "surrogate_sides")
        walls |= kind == "wall" and len(own) != 2
        for axis in words(condition.attributes, "associated_dims"):
            sides[axis] = own if len(own) == 2 else (_CONDITIONS.get(kind, "open"),) * 2
    return Boundary.model_validate({"sides": tuple(sides.get(axis, ("open", "open")) for axis in axes)}), walls


def agree(first: File, other: File) -> None:
    same = {
        "dataset_name": first.name == other.name,
        "spatial_dims": first.axes == other.axes,
        "boundary_conditions": first.boundary == other.boundary,
        "fields": first.stored == other.stored,
        "scalars": set(first.parameters) == set(other.parameters) and first.per_sample == other.per_sample,
        "coordinates": all(map(np.array_equal, first.coordinates, other.coordinates)),
    }
    wrong = [key for key, holds in same.items() if not holds]
    if wrong:
        raise InputError(f"{other.path}: other {', '.join(wrong)} than {first.path.name}; expected the same in all")
    frames = min(len(first.times), len(other.times))
    if not np.allclose(first.times[:frames], other.times[:frames], rtol=1e-5, atol=0):
        raise InputError(f"{other.path}: other times than {first.path.name}; times=... says what they are in all files")
