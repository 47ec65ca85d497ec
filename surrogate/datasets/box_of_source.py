"""The box, its grid and its times: from what a source holds, from what a user says, or guessed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from surrogate.datasets.axes import SPACE
from surrogate.datasets.reading_settings import Reading
from surrogate.errors import InputError, SettingsError
from surrogate.spaces import Boundary, Grid, Placement
from surrogate.typed_record import first_complaint

Numbers = NDArray[np.float64]

# Of a spacing: coordinates are often kept in float32.
_UNEVEN = 1e-2
_ROUND = 1e-6


class SourceBox(NamedTuple):
    """Where fields lie, and what of it was guessed; ``reversed`` are the axes along which coordinates fall."""

    grid: Grid
    boundary: Boundary
    reversed: tuple[str, ...]
    guesses: tuple[str, ...]


def box_of(points: tuple[int, ...], coordinates: Mapping[str, Numbers], reading: Reading, place: str) -> SourceBox:
    """Return the box of fields on so many points.

    Raises:
        InputError: coordinates that are not equally far apart.
        SettingsError: what the user says does not fit.
    """
    guesses: list[str] = []
    sides = _each("boundary", reading.boundary, points)
    if sides is None:
        sides = [("open", "open")] * len(points)
        guesses.append("boundary: nothing is known of the sides (open); boundary= says what holds there")
    places, lengths = _each("placement", reading.placement, points), _each("lengths", reading.lengths, points)
    axes, turned = [], list[str]()
    for number, count in enumerate(points):
        axis = SPACE[number]
        values = coordinates.get(axis)
        periodic = "periodic" in sides[number]
        where = None if places is None else places[number]
        if values is None:
            start, length = 0.0, 1.0
            where = where or ("left" if periodic else "cells")
        else:
            if values[-1] < values[0]:
                values = values[::-1]
                turned.append(axis)
            start, length, where = _along(axis, values, where, periodic, place)
            if where == "left" and not periodic and reading.boundary is None:
                guesses.append(
                    f"boundary: {axis} lacks its right end, as periodic axes do; boundary=periodic if it is one"
                )
        axes.append((count, length if lengths is None else lengths[number], where, start))
    if lengths is None and len(coordinates) < len(points):
        missing = [SPACE[number] for number in range(len(points)) if SPACE[number] not in coordinates]
        guesses.append(f"lengths: 1 along {', '.join(missing)}; lengths= says otherwise")
    if places is None and len(coordinates) < len(points):
        guesses.append("placement: cells, left along periodic axes; placement= says otherwise")
    try:
        counts, box, where_each, starts = zip(*axes, strict=True)
        grid = Grid(points=counts, lengths=box, placement=where_each, origin=starts)
        return SourceBox(grid, Boundary(sides=tuple(sides)), tuple(turned), tuple(guesses))
    except ValidationError as error:
        raise SettingsError(first_complaint(error, "the box")) from None


def times_of(count: int, values: Numbers | None, reading: Reading, place: str) -> tuple[tuple[float, ...], str]:
    """Return the times of so many frames, and what was guessed of them.

    Raises:
        InputError, SettingsError: they are not as many, or do not grow.
    """
    given, guess = reading.times, ""
    if isinstance(given, str):
        try:
            first, last = map(float, given.split(":"))
        except ValueError:
            raise SettingsError(f"times: {given}; expected FIRST:LAST, or one time for each frame") from None
        times = np.linspace(first, last, count)
    elif given is not None:
        times = np.array(given)
    elif values is not None:
        times = values
    else:
        times, guess = np.arange(count, dtype=np.float64), "times: 0, 1, 2, ...; times=FIRST:LAST says otherwise"
    if len(times) != count:
        raise SettingsError(f"times: {len(times)}; expected one for each of {count} frames")
    if not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise InputError(f"{place}: the times do not grow from frame to frame; times= says what they are")
    return tuple(float(time) for time in times), guess if count > 1 else ""


def as_axis(values: NDArray[Any]) -> Numbers | None:
    """Return coordinates along an axis as one row of numbers, rising or falling; None where they are no such thing.

    A field of coordinates, as of a mesh of lines, is one row of them repeated.
    """
    plain = np.squeeze(np.asarray(values, dtype=np.float64))
    if plain.ndim > 1:
        for axis in range(plain.ndim):
            row = np.moveaxis(plain, axis, -1)[(0,) * (plain.ndim - 1)]
            along = row.reshape([-1 if place == axis else 1 for place in range(plain.ndim)])
            if row[0] != row[-1] and np.allclose(plain, along, rtol=0, atol=abs(row[-1] - row[0]) * 1e-6):
                plain = row
                break
    if plain.ndim != 1 or len(plain) < 2 or not np.isfinite(plain).all():
        return None
    steps = np.diff(plain)
    return plain if (steps > 0).all() or (steps < 0).all() else None


def _along(
    axis: str, values: Numbers, where: Placement | None, periodic: bool, place: str
) -> tuple[float, float, Placement]:
    """Return where an axis begins, how long it is, and where its points lie in it."""
    step = float(values[-1] - values[0]) / (len(values) - 1)
    if np.abs(np.diff(values) - step).max() > _UNEVEN * step:
        raise InputError(f"{place}: the coordinates {axis} are not equally far apart, as those of a grid are")
    first, last = float(values[0]), float(values[-1])
    ends: dict[Placement, tuple[float, float]] = {
        "nodes": (first, last),
        "cells": (first - step / 2, last + step / 2),
        "left": (first, last + step),
    }
    near = _ROUND * (last - first)
    roundest = min(ends, key=lambda held: max(_decimals(end, near) for end in ends[held]))
    kind = where or ("left" if periodic else roundest)
    start, end = ends[kind]
    return start, end - start, kind


def _decimals(value: float, near: float) -> int:
    """Return how many decimals a number has; people end a box at few, or at a multiple of pi."""
    if abs(value / math.pi * 2 - round(value / math.pi * 2)) * math.pi / 2 <= near:
        return 0
    return next((places for places in range(12) if abs(value - round(value, places)) <= near), 12)


def _each(key: str, value: Sequence[Any] | None, points: tuple[int, ...]) -> list[Any] | None:
    """Return one entry for each axis, None where nothing was said."""
    if value is None or len(value) == len(points):
        return None if value is None else list(value)
    if len(value) == 1:
        return list(value) * len(points)
    raise SettingsError(f"{key}: {len(value)} entries; expected one for each of {len(points)} space axes")
