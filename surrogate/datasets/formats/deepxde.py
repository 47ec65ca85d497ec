"""The ``.npz`` files of DeepXDE's operator data: inputs at sensors, points, and outputs there.

* aligned: ``X0`` ``(n, m)`` the inputs at ``m`` sensors, ``X1`` ``(p, d)`` the points, ``y`` ``(n, p)``; also under the
  names ``branch``, ``trunk``, ``y``, or with ``train`` or ``test`` behind the X and the y: ``X_train0``;
* unaligned: the same with ``X1`` ``(n, d)`` and ``y`` ``(n, 1)``: one point for each row. Rows that follow each other
  with the same inputs are one sample.

In one dimension, points that are equally spaced and as many as the sensors make a grid on which the input is a field;
everything else lies on a cloud, the input as one number for each sensor.

Some published files hold ``X`` as an array of Python objects. Such a file can run any program, and is refused.

Source: https://github.com/lululxvi/deepxde, deepxde/data/triple.py (LGPL-2.1) and the data of its DeepONet examples.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.foreign import Foreign, SourceArray
from surrogate.datasets.formats._axes import equally_spaced
from surrogate.datasets.formats._blocks import FieldBlock, laid_out
from surrogate.datasets.formats._damage import refusing_damage
from surrogate.datasets.formats._on_points import OnPoints
from surrogate.datasets.formats._published import Published
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.source import Source, read_source
from surrogate.datasets.stored_array import StoredArray, npz_arrays
from surrogate.errors import InputError
from surrogate.spaces import FieldSpec

_NAMES = (
    ("X0", "X1", "y"),
    ("branch", "trunk", "y"),
    ("X_train0", "X_train1", "y_train"),
    ("X_test0", "X_test1", "y_test"),
)
# Numbers that go in beside a cloud lie in the file of a part as fields, of which it has at most so many.
_MOST_SENSORS = 200


def recognise(source: Source) -> str | None:
    """Return why it is of DeepXDE, None where it is not."""
    if source.kind != "file" or source.magic != "npz":
        return None
    names = _names(source)
    if names is not None:
        return f"a .npz of {', '.join(names)}"
    return "a .npz of X and y, X an array of objects" if _of_objects(source) else None


@refusing_damage
def read(path: Path, reading: Reading = AS_IT_IS) -> Foreign:
    """Return the samples of a file.

    Raises:
        InputError: it is damaged, holds an array of objects, or its arrays do not fit each other.
        SettingsError: what the user says does not fit.
    """
    source = read_source(path)
    names = _names(source)
    if names is None:
        if _of_objects(source):
            again = "numpy.savez('new.npz', branch=X[0], trunk=X[1], y=y)"
            raise InputError(
                f"{path}: 'X' is an array of Python objects, which can run any program; save it as {again}"
            )
        raise InputError(f"{path}: holds {', '.join(source.names[:8])}; expected X0, X1 and y, or branch, trunk and y")
    held = npz_arrays(path)
    branch, trunk, values = (held[name] for name in names)
    shapes = (branch.shape, trunk.shape, values.shape)
    if len(branch.shape) == len(trunk.shape) == len(values.shape) == 2 and values.shape[0] == branch.shape[0]:
        if values.shape[1] == trunk.shape[0]:
            return _aligned(path, branch, np.asarray(trunk.all(), np.float64), values, reading)
        if values.shape[1] == 1 and trunk.shape[0] == branch.shape[0]:
            return _unaligned(path, branch, trunk, values, reading)
    expected = "(n, m), (p, d), (n, p), or (n, m), (n, d), (n, 1)"
    raise InputError(f"{path}: {', '.join(names)} are {shapes}; expected {expected}")


def _names(source: Source) -> tuple[str, str, str] | None:
    return next((names for names in _NAMES if set(names) <= set(source.names)), None)


def _of_objects(source: Source) -> bool:
    entry = source.entry("X")
    return entry is not None and entry.dtype == "records" and "y" in source.names


def _aligned(
    path: Path, branch: StoredArray, points: NDArray[np.float64], values: StoredArray, reading: Reading
) -> Foreign:
    count, sensors = branch.shape
    if points.shape[1] == 1 and sensors == len(points) and equally_spaced(points[:, 0]):
        published = Published(
            format="deepxde",
            name=path.stem,
            notes="Inputs at sensors and outputs at points, taken for the same places, as they are as many.",
            where=str(path),
            count=count,
            blocks=[laid_out(branch, "nx", ("input",), "constant"), laid_out(values, "nx", ("output",), "state")],
            axes={"x": points[:, 0]},
            guesses=("the sensors of the input are the points of the output",),
        )
        return published.read_as(reading)
    places = np.broadcast_to(points, (count, *points.shape))
    equal = np.full((count, len(points)), 1 / len(points), np.float32)
    outputs = laid_out(values, "nx", ("output",), "state")
    return _cloud(path, branch, outputs, places, equal).read_as(reading)


def _unaligned(path: Path, branch: StoredArray, trunk: StoredArray, values: StoredArray, reading: Reading) -> Foreign:
    inputs, points, outputs = np.asarray(branch.all()), np.asarray(trunk.all()), np.asarray(values.all())[:, 0]
    begins = np.flatnonzero(np.concatenate([[True], (inputs[1:] != inputs[:-1]).any(axis=1)]))
    sizes = np.diff([*begins, len(inputs)])
    inside = np.arange(int(sizes.max())) < sizes[:, None]
    places, held = np.zeros((*inside.shape, points.shape[1]), np.float32), np.zeros(inside.shape, np.float32)
    places[inside], held[inside] = points, outputs
    output = laid_out(StoredArray.of(held), "nx", ("output",), "state")
    weights = (inside / sizes[:, None]).astype(np.float32)
    return _cloud(path, StoredArray.of(inputs[begins]), output, places, weights).read_as(reading)


def _cloud(
    path: Path, branch: StoredArray, output: FieldBlock, places: NDArray[np.floating], weights: NDArray[np.floating]
) -> OnPoints:
    count, sensors = branch.shape
    if sensors > _MOST_SENSORS:
        raise InputError(
            f"{path}: inputs at {sensors} sensors that are no points of the output; at most {_MOST_SENSORS} go in"
        )
    names = tuple(f"sensor_{place:03d}" for place in range(sensors))
    numbers = FieldBlock(
        tuple(FieldSpec(name=name, unit="1", role="uniform") for name in names),
        lambda rows: list(branch.take(0, rows).T),
        SourceArray(branch.shape, "n,c"),
    )
    return OnPoints(
        format="deepxde",
        name=path.stem,
        notes="Inputs at sensors, which go in as one number each, and outputs at points of equal weight.",
        where=str(path),
        count=count,
        capacity=weights.shape[1],
        dimensions=places.shape[2],
        coordinates=places.__getitem__,
        weights=weights.__getitem__,
        blocks=[numbers, output],
    )
