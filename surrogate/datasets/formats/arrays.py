"""Plain arrays: ``.npy`` (a file, or a folder of them), ``.npz``, ``.mat``, ``.h5`` and tensors in a ``.pt``.

Arrays say neither what is given nor what their axes are. The user does, by ``inputs``, ``outputs``, ``axes``,
``lengths``, ``boundary``, ``placement``, ``times``; what can be guessed safely is guessed and shown, the rest refused.
Arrays called ``x``, ``y``, ``z`` and ``t`` that hold one row of growing numbers are coordinates.

Axes of MATLAB's files of version 7.3 are read in the order in which MATLAB shows them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from surrogate.datasets.axes import SPACE, FieldShapes, axes_as_given, axes_guessed
from surrogate.datasets.box_of_source import Numbers, box_of, times_of
from surrogate.datasets.coordinates_in_source import coordinates_in
from surrogate.datasets.foreign import Foreign, Rows, SourceArray
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.roles import roles_of
from surrogate.datasets.source import Source, read_source
from surrogate.datasets.source_arrays import SourceArrays, arrays_in
from surrogate.datasets.store import Floats
from surrogate.datasets.stored_array import StoredArray
from surrogate.errors import InputError, SettingsError, nearest
from surrogate.spaces import DataSpec, FieldSpec
from surrogate.typed_record import first_complaint

_KINDS = ("npy", "npz", "mat5", "hdf5", "torch")


def recognise(source: Source) -> str | None:
    """Return why a source is such a file: it holds arrays of numbers."""
    if source.magic not in _KINDS or (source.kind == "folder" and source.magic != "npy"):
        return None
    held = arrays_in(source).plain
    return f"{'arrays' if len(held) > 1 else 'an array'} of numbers, in no published format" if held else None


def read(path: Path, reading: Reading = AS_IT_IS) -> Foreign:
    """Return the arrays in a file or folder; of those on the disk only shapes and coordinates are read.

    Raises:
        InputError: it holds no arrays, or these do not fit each other, or can be read in several ways.
        SettingsError: what the user says does not fit.
    """
    held = arrays_in(read_source(path))
    if not held.plain:
        what = ", ".join(f"{name}, {kind}" for name, kind in held.others.items()) or "no arrays"
        raise InputError(f"{path}: holds {what}; expected arrays of numbers")
    coordinates, called = coordinates_in(held, reading)
    roles = roles_of(held, called, reading)
    names = (*roles.inputs, *roles.outputs)
    shapes = {name: held.plain[name].shape for name in names}
    known = FieldShapes(
        {name: shapes[name] for name in roles.inputs},
        {name: shapes[name] for name in roles.outputs},
        {axis: len(values) for axis, values in coordinates.items()} if reading.axes is None else {},
        reading.times is not None,
    )
    if reading.axes is None:
        axes, unsure = axes_guessed(known, str(path))
    else:
        axes, unsure = axes_as_given(known, reading), False
    layout = _Layout(held, roles.inputs, roles.outputs, axes)
    guesses = [*roles.guesses, *(["axes: as in the table; axes= says otherwise"] if unsure else [])]
    return _foreign(path, layout, reading, coordinates, guesses)


@dataclass(frozen=True)
class _Layout:
    """Which arrays are read, and what their axes are."""

    held: SourceArrays
    inputs: Sequence[str]
    outputs: Sequence[str]
    axes: Mapping[str, str]

    def size(self, letter: str) -> int | None:
        """Return how long an axis is; None where there is none."""
        for name, axes in self.axes.items():
            if letter in axes:
                return self.held.plain[name].shape[axes.index(letter)]
        return None

    @property
    def space(self) -> tuple[str, ...]:
        return tuple(axis for axis in SPACE if self.size(axis) is not None)

    def channels(self, name: str) -> int:
        axes = self.axes[name]
        return self.held.plain[name].shape[axes.index("c")] if "c" in axes else 1

    def fields(self, name: str) -> tuple[str, ...]:
        """Return what the channels of an array are called."""
        return field_names(name, self.channels(name))


def field_names(name: str, count: int) -> tuple[str, ...]:
    """Return what the fields are called that so many channels of the array ``name`` hold."""
    plain = re.sub(r"\W+", "_", name.rpartition("/")[2]).strip("_") or "field"
    return (plain,) if count == 1 else tuple(f"{plain}_{number}" for number in range(count))


def _foreign(
    path: Path, layout: _Layout, reading: Reading, coordinates: Mapping[str, Numbers], guesses: list[str]
) -> Foreign:
    space = layout.space
    points = tuple(layout.size(axis) or 0 for axis in space)
    there = {axis: values for axis, values in coordinates.items() if layout.size(axis) == len(values)}
    box = box_of(points, {axis: there[axis] for axis in space if axis in there}, reading, str(path))
    frames = layout.size("t") or 1
    if frames == 1 and reading.times is not None and "t" not in "".join(layout.axes.values()):
        raise SettingsError("times: no array has an axis of times; axes= says which is one")
    times, guess = times_of(frames, there.get("t"), reading, str(path)) if frames > 1 else ((0.0,), "")
    fields = _fields(layout, reading)
    try:
        spec = DataSpec(
            equation=reading.equation or "unknown",
            grid=box.grid,
            boundary=box.boundary,
            fields=fields,
            times=times,
            task="map" if frames == 1 else "step",
        )
    except ValidationError as error:
        raise SettingsError(first_complaint(error, "these fields")) from None
    guesses = [*guesses, *box.guesses, *([guess] if guess else [])]
    arrays = {name: layout.held.open(name) for name in layout.axes}
    if odd := next((name for name, array in arrays.items() if array.dtype.kind == "c"), None):
        raise InputError(f"{path}: '{odd}' holds complex numbers; store real and imaginary part as two arrays")
    described = {
        field: SourceArray(array.shape, ",".join(layout.axes[name]))
        for name, array in arrays.items()
        for field in layout.fields(name)
    }
    return Foreign(
        spec=spec,
        name=re.sub(r"\W+", "_", path.stem) or "arrays",
        notes=_notes(layout),
        count=layout.size("n") or 1,
        read=lambda rows: _read(layout, arrays, spec, box.reversed, rows),
        held=described,
        guesses=tuple(guesses),
    )


def _fields(layout: _Layout, reading: Reading) -> tuple[FieldSpec, ...]:
    units = {**{name: _unit(layout, name) for name in layout.axes}, **(reading.units or {})}
    known = {field: name for name in layout.axes for field in (name, *layout.fields(name))}
    for name in reading.units or {}:
        if name not in known:
            raise SettingsError(f"units: there is no array '{name}'{nearest(name, known)}")
    fields: list[FieldSpec] = []
    for name in (*layout.inputs, *layout.outputs):
        uniform = not set(layout.axes[name]) & set(SPACE)
        role: Literal["state", "uniform", "constant"]
        role = "state" if name in layout.outputs else "uniform" if uniform else "constant"
        fields += [FieldSpec(name=each, unit=units.get(each, units[name]), role=role) for each in layout.fields(name)]
    called = [field.name for field in fields]
    if twice := next((name for name in called if called.count(name) > 1), None):
        raise InputError(
            f"{layout.held.source.path}: two arrays would be called '{twice}'; expected names of their own"
        )
    return tuple(fields)


def _unit(layout: _Layout, name: str) -> str:
    unit = layout.held.plain[name].attributes.get("units", "1")
    return unit if isinstance(unit, str) and unit.strip() else "1"


def _read(
    layout: _Layout, arrays: Mapping[str, StoredArray], spec: DataSpec, turned: Sequence[str], rows: Rows
) -> tuple[Floats, Floats]:
    """Return constants and states of the samples of these rows."""
    points, frames = spec.domain.points, len(spec.times)
    constants = np.empty((len(rows), len(spec.constants), *points), np.float32)
    states = np.empty((len(rows), frames, len(spec.states), *points), np.float32)
    first = 0
    for name in layout.inputs:
        values = ordered(arrays[name], layout.axes[name], rows, f"nc{''.join(layout.space)}", turned)
        count = layout.channels(name)
        constants[:, first : first + count] = values
        first += count
    first = 0
    for name in layout.outputs:
        values = ordered(arrays[name], layout.axes[name], rows, f"ntc{''.join(layout.space)}", turned)
        count = layout.channels(name)
        states[:, :, first : first + count] = values
        first += count
    return constants, states


def ordered(array: StoredArray, axes: str, rows: Rows, wanted: str, turned: Sequence[str]) -> NDArray[Any]:
    """Return the samples of an array with its axes in the order that is wanted, those it lacks of length 1."""
    if "n" in axes:
        values = array.take(axes.index("n"), rows)
    else:
        values, axes = array.all()[None], f"n{axes}"
        values = np.broadcast_to(values, (len(rows), *values.shape[1:]))
    for axis in turned:
        if axis in axes:
            values = np.flip(values, axes.index(axis))
    values = values.transpose([axes.index(letter) for letter in wanted if letter in axes])
    shape = iter(values.shape)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and the converter refuses it
        return values.reshape([next(shape) if letter in axes else 1 for letter in wanted]).astype(
            np.float32, copy=False
        )


def _notes(layout: _Layout) -> str:
    """Return for the card how the arrays were read, and which numbers stood beside."""
    arrays = layout.held.plain
    read = ", ".join(f"{name} ({','.join(axes)}) of {arrays[name].shape}" for name, axes in layout.axes.items())
    lines = [f"Read as arrays: {read}."]
    beside = [
        f"{name} = {layout.held.values(name).item():g}"
        for name, member in arrays.items()
        if name not in layout.axes and np.prod(member.shape, dtype=float) == 1
    ][:8]
    if beside:
        lines.append(f"Beside them: {', '.join(beside)}.")
    return " ".join(lines)
