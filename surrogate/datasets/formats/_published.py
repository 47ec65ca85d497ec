"""What a format says of its fields, put together with what the user says instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from surrogate.datasets.foreign import Foreign, Rows
from surrogate.datasets.formats._axes import PlacedAxis, axis_of, grid_of, unknown_axis
from surrogate.datasets.formats._blocks import FieldBlock, joined
from surrogate.datasets.formats._choices import Times, fields_of, times_of
from surrogate.datasets.reading_settings import Reading
from surrogate.errors import InputError, SettingsError
from surrogate.spaces import Boundary, Condition, DataSpec, Grid, Split, Task
from surrogate.typed_record import first_complaint

_Entry = TypeVar("_Entry")
# What a user may say of published files, whose arrays and axes are known.
TAKEN = ("inputs", "outputs", "lengths", "boundary", "placement", "times", "equation", "units")


@dataclass(frozen=True)
class Published:
    """Fields on a grid, as their publisher has them.

    Attributes:
        format: its name, as the user gives it.
        name: of the data set.
        notes: for the card.
        where: the source, for an error.
        count: of the samples.
        blocks: what is read.
        axes: name of a space axis -> the coordinates of its points, or how these lie where that is known, or how many
            there are where nothing is said.
        boundary: what holds at the (low, high) side of each axis, None where nothing is known.
        times: of the frames; how many there are, where nothing is said.
        splits: which rows are which, where the source says it.
        equation: its name, None: that of the data set.
        task: None: ``step`` where there are several frames.
        spare: names of fields that are read only where the user names them.
        guesses: what was guessed, with the key that says otherwise.
    """

    format: str
    name: str
    notes: str
    where: str
    count: int
    blocks: Sequence[FieldBlock]
    axes: Mapping[str, NDArray[Any] | PlacedAxis | int]
    boundary: Sequence[tuple[Condition, Condition]] | None = None
    times: Times = 1
    splits: Mapping[Split, Rows] | None = None
    equation: str | None = None
    task: Task | None = None
    spare: tuple[str, ...] = ()
    guesses: tuple[str, ...] = ()

    def read_as(self, reading: Reading) -> Foreign:
        """Return the samples, with what the user says in place of what the source says.

        Raises:
            InputError: no samples, or points that are not equally spaced where nobody says lengths.
            SettingsError: a key does not fit the source.
        """
        reading.refuse_others(self.format, *TAKEN)
        if self.count < 1:
            raise InputError(f"{self.where}: holds no samples")
        boundary, grid, guesses = self._box(reading)
        times, guessed = times_of(self.times, reading, self.where)
        try:
            spec = DataSpec(
                equation=reading.equation or self.equation or self.name,
                grid=grid,
                boundary=boundary,
                fields=fields_of(self.blocks, self.spare, reading, self.where),
                times=times,
                task=self.task or ("step" if len(times) > 1 else "map"),
            )
        except ValidationError as error:
            raise InputError(f"{self.where}: {first_complaint(error, 'its fields')}") from None
        return Foreign(
            spec=spec,
            name=self.name,
            notes=self.notes,
            count=self.count,
            read=joined(spec, self.blocks, self.where),
            splits=self.splits,
            held={field.name: block.held for block in self.blocks for field in block.fields if block.held is not None},
            guesses=(*self.guesses, *guesses, *guessed),
        )

    def _box(self, reading: Reading) -> tuple[Boundary, Grid, list[str]]:
        guesses = []
        if reading.boundary is not None:
            sides = _each("boundary", reading.boundary, list(self.axes))
        elif self.boundary is not None:
            sides = list(self.boundary)
        else:
            sides = [("open", "open")] * len(self.axes)
            guesses.append("open at every side, as nothing is said of them: boundary=...")
        boundary = Boundary(sides=tuple(sides))
        axes = [
            self._axis(name, places, periodic, reading)
            for (name, places), periodic in zip(self.axes.items(), boundary.periodic, strict=True)
        ]
        if reading.lengths is None and any(isinstance(places, int) for places in self.axes.values()):
            guesses.append("the box has length 1 where nothing is said of it: lengths=...")
        if reading.lengths is not None:
            all_lengths = _each("lengths", reading.lengths, list(self.axes))
            axes = [axis._replace(length=length) for axis, length in zip(axes, all_lengths, strict=True)]
        if reading.placement is not None:
            places = _each("placement", reading.placement, list(self.axes))
            axes = [axis._replace(placement=where) for axis, where in zip(axes, places, strict=True)]
        try:
            return boundary, grid_of(axes), guesses
        except ValidationError as error:
            raise InputError(f"{self.where}: {first_complaint(error, 'its grid')}") from None

    def _axis(self, name: str, places: NDArray[Any] | PlacedAxis | int, periodic: bool, reading: Reading) -> PlacedAxis:
        if isinstance(places, PlacedAxis):
            return places
        if isinstance(places, int):
            return unknown_axis(places, periodic)
        if reading.lengths is not None:
            return unknown_axis(len(places), periodic)._replace(origin=float(np.min(places)))
        return axis_of(name, places, periodic, self.where)


def _each(key: str, entries: Sequence[_Entry], axes: Sequence[str]) -> list[_Entry]:
    """Return one entry for each space axis."""
    if len(entries) not in (1, len(axes)):
        raise SettingsError(f"{key}: {len(entries)} entries; expected one, or one for each of {', '.join(axes)}")
    return list(entries) * (len(axes) if len(entries) == 1 else 1)
