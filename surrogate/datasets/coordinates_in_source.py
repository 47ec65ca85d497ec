"""The coordinates that a foreign source holds beside its fields, told by their names and by growing row by row."""

from __future__ import annotations

import re

import numpy as np

from surrogate.datasets.box_of_source import Numbers, as_axis
from surrogate.datasets.reading_settings import Reading
from surrogate.datasets.source_arrays import SourceArrays

# What people call coordinates, without the words around the letter.
_AROUND = re.compile(r"(coord(inate)?s?|grid|axis|points|mesh)|[-_ /.]", re.IGNORECASE)
_AXES = {"x": "x", "xx": "x", "y": "y", "yy": "y", "z": "z", "zz": "z"}
_AXES |= dict.fromkeys(("t", "tt", "time", "times", "tspan"), "t")
_LARGEST_AXIS = 1 << 22


def coordinates_in(held: SourceArrays, reading: Reading) -> tuple[dict[str, Numbers], frozenset[str]]:
    """Return the coordinates that a source holds, by axis, and the names of their arrays.

    What the user names as a field is none.
    """
    fields = {*(reading.inputs or ()), *(reading.outputs or ())}
    most = max(len(member.shape) for member in held.plain.values())
    coordinates: dict[str, Numbers] = {}
    names: list[str] = []
    for name, member in held.plain.items():
        letter = _AXES.get(_AROUND.sub("", name.rpartition("/")[2]).lower())
        long = sum(size > 1 for size in member.shape)
        if letter is None or name in fields or not long or (long > 1 and len(member.shape) >= most):
            continue
        if np.prod(member.shape, dtype=float) <= _LARGEST_AXIS and (values := as_axis(held.values(name))) is not None:
            coordinates.setdefault(letter, values)
            names.append(name)
    return coordinates, frozenset(names)
