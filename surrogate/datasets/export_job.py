"""What a writer of a foreign format is given, and the arrays of a data set as formats with named axes have them.

Shape letters: n samples, t times, s... space.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.dataset import Dataset
from surrogate.datasets.store import AXES, Part
from surrogate.errors import SettingsError
from surrogate.spaces import SPLITS, DataSpec, FieldSpec, Grid, Split, Task


@dataclass(frozen=True)
class ExportJob:
    """A data set on its way into another format.

    Attributes:
        dataset: what is written.
        folder: an empty folder to write into; it gets its name when all of it is written.
        task: of formats that hold inputs and outputs: ``map`` or ``step``.
        advance: is given the number of samples that are written, after every part.
    """

    dataset: Dataset
    folder: Path
    task: Task
    advance: Callable[[int], None] = lambda done: None

    @property
    def spec(self) -> DataSpec:
        """What the numbers mean."""
        return self.dataset.spec

    @property
    def splits(self) -> tuple[Split, ...]:
        """The splits that have samples."""
        return tuple(split for split in SPLITS if self.dataset.counts[split])

    def parts(self, split: Split) -> Iterator[tuple[slice, Part]]:
        """Yield the parts of a split, and which of its samples they are; one at a time is in memory.

        Raises:
            InputError: a part is missing or damaged.
        """
        before = sum(self.dataset.counts[other] for other in SPLITS[: SPLITS.index(split)])
        first = 0
        for part in self.dataset.parts(split):
            stop = first + len(part.indices)
            yield slice(first, stop), part
            first = stop
            self.advance(before + stop)


@dataclass(frozen=True)
class NamedArray:
    """An array of a data set with its axes by name, ``sample`` first.

    Attributes:
        field: the field that it holds.
        axes: names of its axes.
        shape: of one sample.
        place: of the channel among constants or states.
        times: whether it has an axis of times.
    """

    field: FieldSpec
    axes: tuple[str, ...]
    shape: tuple[int, ...]
    place: int

    def take(self, part: Part) -> NDArray[np.float32]:
        """Return its samples of a part."""
        if self.field.role == "state":
            states = part.states[:, :, self.place]
            return states if "time" in self.axes else states[:, 0]
        constants = part.constants[:, self.place]
        return constants.reshape(len(constants), -1)[:, 0] if self.field.role == "uniform" else constants


def named_arrays_of(spec: DataSpec) -> list[NamedArray]:
    """Return the arrays of a data set: a steady state has no times, a number for each sample no space."""
    axes = AXES[: spec.domain.dimensions] if isinstance(spec.domain, Grid) else ("point",)
    arrays = []
    for place, field in enumerate(spec.constants):
        uniform = field.role == "uniform"
        space = () if uniform else spec.domain.points
        arrays.append(NamedArray(field, ("sample", *(() if uniform else axes)), space, place))
    times = len(spec.times) > 1
    for place, field in enumerate(spec.states):
        names = ("sample", *(("time",) if times else ()), *axes)
        shape = (*((len(spec.times),) if times else ()), *spec.domain.points)
        arrays.append(NamedArray(field, names, shape, place))
    return arrays


def coordinates_of(spec: DataSpec) -> dict[str, tuple[NDArray[np.float64], dict[str, Any]]]:
    """Return the coordinates of the axes by name, each with attributes after the CF conventions.

    Raises:
        SettingsError: a field is called as an axis is.
    """
    coordinates: dict[str, tuple[NDArray[np.float64], dict[str, Any]]] = {}
    if isinstance(spec.domain, Grid):
        for place, values in enumerate(spec.domain.coordinates()):
            name = AXES[place]
            facts = {"axis": name.upper(), "units": "1", "long_name": f"coordinate {name}"}
            low, high = spec.boundary.sides[place]
            more = {"placement": spec.domain.placement[place], "boundary_low": low, "boundary_high": high}
            coordinates[name] = (values.astype(np.float64), facts | more)
    if len(spec.times) > 1:
        coordinates["time"] = (np.asarray(spec.times), {"axis": "T", "units": "1", "long_name": "time"})
    taken = [field.name for field in spec.fields if field.name in (*coordinates, "sample")]
    if taken:
        raise SettingsError(f"format: the field '{taken[0]}' is called as an axis is; give it another name first")
    return coordinates


def attributes_of(array: NamedArray) -> dict[str, str]:
    """Return what is said of an array after the CF conventions."""
    return {"units": array.field.unit or "1", "long_name": array.field.name, "role": array.field.role}


def file_attributes(job: ExportJob, split: Split) -> dict[str, str]:
    """Return what is said of a whole file: whose it is, and the full specification as JSON."""
    about = job.dataset.manifest.about
    return {
        "Conventions": "CF-1.11",
        "title": about.title,
        "source": about.source,
        "comment": about.notes,
        "split": split,
        "data_hash": job.dataset.hash,
        "surrogate_spec": job.spec.model_dump_json(),
    }


def package(name: str, format: str, extra: str) -> ModuleType:
    """Return a package that a format needs.

    Raises:
        SettingsError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        how = f"pip install 'surrogate[{extra}]'"
        raise SettingsError(f"format={format}: needs the package {name}, which is not here ({error}); {how}") from None


def grids_alone(spec: DataSpec, whose: str) -> str | None:
    """Return why a format that has grids alone cannot hold the points of a cloud; None of a grid."""
    return None if isinstance(spec.domain, Grid) else f"{whose} has grids alone, and these are points of a cloud"
