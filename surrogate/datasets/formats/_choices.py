"""Which fields and times of a foreign source a user wants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.formats._blocks import FieldBlock
from surrogate.datasets.reading_settings import Reading
from surrogate.errors import SettingsError, nearest
from surrogate.spaces import FieldSpec

# The times of the frames, or how many there are where nothing is said of their times.
Times = NDArray[Any] | Sequence[float] | int


def fields_of(
    blocks: Sequence[FieldBlock], spare: Sequence[str], reading: Reading, where: str
) -> tuple[FieldSpec, ...]:
    """Return the fields that are wanted, constants before states, in the units that the user gives.

    Raises:
        SettingsError: the user names a field that is not there.
    """
    fields = {field.name: field for block in blocks for field in block.fields}
    states = [name for name, field in fields.items() if field.role == "state"]
    points = [name for name, field in fields.items() if field.role in ("coordinate", "weight")]
    givens = [name for name in fields if name not in states and name not in points]
    inputs = _chosen("inputs", reading.inputs, givens, spare)
    outputs = _chosen("outputs", reading.outputs, states, spare)
    units = reading.units or {}
    for name in units:
        if name not in fields:
            raise SettingsError(f"units: there is no field '{name}' in {where}{nearest(name, fields)}")
    wanted = (*points, *inputs, *outputs)
    return tuple(fields[name].model_copy(update={"unit": units.get(name, fields[name].unit)}) for name in wanted)


def times_of(times: Times, reading: Reading, where: str) -> tuple[tuple[float, ...], list[str]]:
    """Return the times of the frames, and what was guessed of them.

    Raises:
        SettingsError: the user gives others than there are frames.
    """
    count = times if isinstance(times, int) else len(times)
    if isinstance(reading.times, str):
        try:
            first, last = map(float, reading.times.split(":"))
        except ValueError:
            raise SettingsError(f"times: {reading.times}; expected FIRST:LAST, two numbers") from None
        return tuple(np.linspace(first, last, count).tolist()), []
    if reading.times is not None:
        if len(reading.times) != count:
            raise SettingsError(f"times: {len(reading.times)} of them; {where} has {count} frames")
        return reading.times, []
    if not isinstance(times, int):
        return tuple(float(time) for time in times), []
    guess = ["frames are 1 apart, as nothing is said of their times: times=FIRST:LAST"] if count > 1 else []
    return tuple(float(frame) for frame in range(count)), guess


def _chosen(key: str, names: Sequence[str] | None, known: Sequence[str], spare: Sequence[str]) -> Sequence[str]:
    if names is None:
        return [name for name in known if name not in spare]
    for name in names:
        if name not in known:
            choice = f"expected some of {', '.join(known)}" if known else "there are none to choose from"
            raise SettingsError(f"{key}: there is no such field '{name}'{nearest(name, known)}; {choice}")
    return names
