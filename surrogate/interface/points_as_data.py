"""Fields on clouds of points, as arrays of a Python program, become a data set on disk.

Shapes: n samples, t times, p points, d coordinates.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import ValidationError

from surrogate.errors import InputError
from surrogate.interface.arrays_as_data import (
    Numbers,
    convert_settings,
    converted,
    fields_of,
    real,
    refused,
    targets_among,
)
from surrogate.interface.opened_data import OpenedData
from surrogate.spaces import Boundary, Cloud, DataSpec, FieldSpec, Task


def from_points(
    *,
    coordinates: Any,
    weights: Any = None,
    target: str | Sequence[str] | None = None,
    times: Sequence[float] | None = None,
    task: Task | None = None,
    units: Mapping[str, str] | None = None,
    name: str = "points",
    notes: str = "",
    split: Sequence[float] | None = None,
    seed: int | None = None,
    out: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    **fields: Any,
) -> OpenedData:
    """Return the data set of fields on clouds: ``from_points(coordinates=x, weights=w, a=a, u=u)`` maps a to u.

    Samples of different numbers of points are given as lists of arrays, in ``coordinates``, ``weights`` and fields
    alike, without the first axis of the shapes below; or filled up to one number, with weight 0 beyond the last point.

    Args:
        coordinates: of the points, ``(n, p, d)``, or ``(p, d)`` where all samples share them.
        weights: of the quadrature, ``(n, p)`` or ``(p,)``, not negative; None: 1 over the number of points.
        target: the name of what is to be found, or several; None: the last of the fields.
        times: of the frames, where the target is ``(n, t, p)``.
        task: ``map`` or ``step``; None: ``step`` where there are times.
        units: name of a field -> its unit; others have none, "1".
        name: of the data set.
        notes: for the data card.
        split: fractions of train, valid and test, of a permutation by ``seed``; None: those of conf/convert.yaml.
        seed: of the permutation; None: that of conf/convert.yaml.
        out: a new folder; None: a temporary one, which is removed when the program ends.
        overwrite: replace another data set there.
        fields: name -> array ``(n, p)`` of real numbers, or ``(n,)`` where it is one number for each sample.

    Raises:
        InputError: arrays that do not fit each other, or hold what is not finite in float32.
        SettingsError: a name or fractions that cannot be, or a folder that holds something else.
        StorageError: the disk refused.
    """
    config = convert_settings(split=split, seed=seed, out=out, overwrite=overwrite)
    targets = targets_among(target, list(fields))
    arrays = {key: _filled(key, value, -1) for key, value in fields.items()}
    count, points = len(arrays[targets[0]]), arrays[targets[0]].shape[-1]
    places = _shared(_filled("coordinates", coordinates, -2), count, 3)
    if places.ndim != 3 or places.shape[:2] != (count, points):
        raise InputError(f"coordinates: an array of shape {places.shape}; expected ({count}, {points}, d)")
    shares = _weights(weights, coordinates, count, points)
    frames = (count, *(() if times is None else (len(times),)), points)
    for key, array in arrays.items():
        wanted = frames if key in targets else (count, points)
        if array.shape != wanted and (key in targets or array.shape != (count,)):
            raise InputError(f"{key}: an array of shape {array.shape}; expected {wanted}, as the target has it")
    given = [
        np.broadcast_to(array.reshape(count, -1), (count, points))
        for key, array in arrays.items()
        if key not in targets
    ]
    states = [arrays[key] if times is not None else arrays[key][:, None] for key in targets]
    spec = _spec(fields_of(arrays, targets, dict(units or {})), (points, places.shape[2]), times, task, name)
    constants = np.stack([*np.moveaxis(places, 2, 0), shares, *given], axis=1)
    return converted(spec, constants, np.stack(states, axis=2), (name, notes), config)


def _filled(key: str, value: Any, axis: int) -> Numbers:
    """Return an array, or a list of arrays of several lengths filled up with zeros along the axis of the points."""
    if not isinstance(value, list | tuple) or len({np.shape(one) for one in value}) == 1:
        return real(key, value)
    parts = [real(key, one) for one in value]
    others = {(*part.shape[:axis], *part.shape[axis:][1:]) for part in parts}
    if len(others) > 1 or min(part.ndim for part in parts) < -axis:
        raise InputError(f"{key}: arrays that differ in more than their number of points; expected one for each sample")
    most = max(part.shape[axis] for part in parts)
    filled = np.zeros((len(parts), *parts[0].shape[:axis], most, *parts[0].shape[axis:][1:]), np.float32)
    for row, part in zip(np.moveaxis(filled, axis, 1), parts, strict=True):
        row[: part.shape[axis]] = np.moveaxis(part, axis, 0)
    return filled


def _shared(array: Numbers, count: int, axes: int) -> Numbers:
    """Return an array with one entry for each sample, where all have the same."""
    return np.broadcast_to(array, (count, *array.shape)) if array.ndim == axes - 1 else array


def _weights(weights: Any, coordinates: Any, count: int, points: int) -> Numbers:
    if weights is None:
        own = np.full(count, points)
        if isinstance(coordinates, list | tuple) and np.ndim(coordinates[0]) == 2:
            own = np.array([len(one) for one in coordinates])
        return ((np.arange(points) < own[:, None]) / own[:, None]).astype(np.float32)
    shares = _shared(_filled("weights", weights, -1), count, 2)
    if shares.shape != (count, points):
        raise InputError(
            f"weights: an array of shape {shares.shape}; expected ({count}, {points}), as the target has it"
        )
    if not (shares >= 0).all() or not shares.any(axis=1).all():
        raise InputError("weights: expected none below 0, and one above it in every sample")
    return shares


def _spec(
    fields: Sequence[FieldSpec], cloud: tuple[int, int], times: Sequence[float] | None, task: Task | None, name: str
) -> DataSpec:
    axes = tuple(FieldSpec(name=axis, unit="1", role="coordinate") for axis in "xyz"[: cloud[1]])
    try:
        return DataSpec(
            equation=name,
            grid=Cloud(capacity=cloud[0], dimensions=cloud[1]),
            boundary=Boundary(sides=()),
            fields=(*axes, FieldSpec(name="weight", unit="1", role="weight"), *fields),
            times=(0.0,) if times is None else tuple(float(time) for time in times),
            task=task or ("map" if times is None else "step"),
        )
    except ValidationError as error:
        raise refused(error) from None
