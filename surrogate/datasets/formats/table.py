"""Tables of scattered points, ``.csv``, ``.tsv`` and ``.parquet``: a row a point, a column a coordinate or a field.

The columns ``x``, ``y``, ``z`` are coordinates, one called ``sample``, ``case``, ``run`` or the like says of which
sample a point is (without it all are of one), every other column is a field. Points weigh equally within a sample.
"""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.foreign import Foreign, Rows, SourceArray
from surrogate.datasets.formats._blocks import FieldBlock
from surrogate.datasets.formats._extras import needed
from surrogate.datasets.formats._on_points import OnPoints
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.roles import roles_of
from surrogate.datasets.source import Member, Source, read_source
from surrogate.datasets.source_arrays import SourceArrays
from surrogate.errors import InputError
from surrogate.memory_limits import require
from surrogate.reading import LARGEST_RECORD, opened

Column = NDArray[np.float64]

_SAMPLE = {"sample", "sample_id", "case", "run", "id", "simulation", "sim", "n"}
_TIME = {"t", "time"}
_SPACE = ("x", "y", "z")
_LONGEST_HEAD = 1 << 16


def recognise(source: Source) -> str | None:
    """Return why it is such a table, None where it is not."""
    if source.kind != "file" or source.suffix not in (".csv", ".tsv", ".parquet"):
        return None
    if source.suffix == ".parquet":
        return "a parquet file" if source.magic == "parquet" else None
    names = _head(source.path)
    axes = [axis for axis in _SPACE if axis in map(str.lower, names)]
    return f"a table with the coordinates {', '.join(axes)}" if axes else None


def read(path: Path, reading: Reading = AS_IT_IS) -> Foreign:
    """Return the points of a table, sample by sample; it is read whole.

    Raises:
        InputError: it has no coordinates, no fields, times, or what is no number.
        SettingsError: there is no memory for it, pyarrow is not installed, or what the user says does not fit.
    """
    columns = _parquet(path) if path.suffix.lower() == ".parquet" else _text(path)
    called = {name.lower(): name for name in columns}
    axes = [called[axis] for axis in _SPACE if axis in called]
    if not axes or [axis.lower() for axis in axes] != list(_SPACE[: len(axes)]):
        raise InputError(f"{path}: has columns {', '.join(list(columns)[:8])}; expected coordinates x, y, z among them")
    if time := next((called[name] for name in called if name in _TIME), None):
        raise InputError(f"{path}: '{time}' is a column of times, which scattered points cannot have; store arrays")
    number = next((called[name] for name in called if name in _SAMPLE), None)
    members = {name: Member(name, values.shape, "float64") for name, values in columns.items()}
    held = SourceArrays(read_source(path), members, {})
    roles = roles_of(held, {*axes, *([number] if number else [])}, reading)
    rows = _rows(columns[number] if number else np.zeros(len(columns[axes[0]])))
    capacity = max(map(len, rows))

    def filled(name: str, wanted: Rows) -> NDArray[Any]:
        values = np.zeros((len(wanted), capacity))
        for place, row in enumerate(wanted):
            values[place, : len(rows[row])] = columns[name][rows[row]]
        return values

    def weights(wanted: Rows) -> NDArray[Any]:
        counts = np.array([len(rows[row]) for row in wanted])[:, None]
        return (np.arange(capacity) < counts) / counts

    def frame(name: str, wanted: Rows) -> NDArray[Any]:
        return filled(name, wanted)[:, None]

    shape = SourceArray((len(columns[axes[0]]),), "point")
    blocks = [FieldBlock.of(name, "constant", partial(filled, name), shape) for name in roles.inputs]
    blocks += [FieldBlock.of(name, "state", partial(frame, name), shape) for name in roles.outputs]
    return OnPoints(
        format="table",
        name=path.stem,
        notes=f"Points of a table, {'a sample for each ' + number if number else 'all of one sample'}.",
        where=str(path),
        count=len(rows),
        capacity=capacity,
        dimensions=len(axes),
        coordinates=lambda wanted: np.stack([filled(axis, wanted) for axis in axes], axis=-1),
        weights=weights,
        blocks=blocks,
        guesses=roles.guesses,
    ).read_as(reading)


def _rows(numbers: Column) -> list[NDArray[np.intp]]:
    """Return the rows of each sample, in the order of their numbers."""
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)


def _head(path: Path) -> list[str]:
    """Return the names in the first line of a text."""
    with opened(path) as file:
        line = file.readline(_LONGEST_HEAD).decode("utf-8", "replace")
    return [name.strip().strip('"') for name in next(csv.reader([line], delimiter=_between(path)), [])]


def _between(path: Path) -> str:
    return "\t" if path.suffix.lower() == ".tsv" else ","


def _text(path: Path) -> dict[str, Column]:
    names = _head(path)
    size = path.stat().st_size
    if size > LARGEST_RECORD:
        require(4 * size, str(path), "store it as .parquet or as arrays")
    try:
        with opened(path) as file:
            table = np.loadtxt(file, delimiter=_between(path), skiprows=1, ndmin=2, encoding="utf-8")
    except ValueError as error:
        raise InputError(f"{path}: not a table of numbers below one line of names ({error})") from None
    if table.shape[1] != len(names) or len(set(names)) < len(names) or not len(table):
        raise InputError(
            f"{path}: {len(table)} rows of {table.shape[1]} numbers below the names {', '.join(names[:8])}"
        )
    return {name: table[:, place] for place, name in enumerate(names)}


def _parquet(path: Path) -> dict[str, Column]:
    needed("pyarrow", "data", "parquet files")
    import pyarrow
    from pyarrow import parquet

    try:
        with opened(path) as file:
            held = parquet.ParquetFile(file)
            require(16 * held.metadata.num_rows * held.metadata.num_columns, str(path), "give it in parts")
            table = held.read()
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{path}: not a parquet file, or damaged ({str(error).splitlines()[0]})") from None
    columns: dict[str, Column] = {}
    for name in table.column_names:
        values = table.column(name).to_numpy()
        if values.dtype.kind not in "biuf":
            raise InputError(f"{path}: column '{name}' holds {table.schema.field(name).type}; expected numbers")
        columns[name] = values.astype(np.float64)
    return columns
