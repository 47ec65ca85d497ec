"""Arrays of a Python program become a data set on disk, by the converter of ``surrogate data convert``.

Shapes: n samples, t times, s... space.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.config.read import read
from surrogate.datasets.conversion import Deal, Origin, store
from surrogate.datasets.conversion_settings import ConvertConfig
from surrogate.datasets.foreign import Foreign
from surrogate.datasets.plan import placed
from surrogate.errors import InputError, SettingsError, nearest
from surrogate.interface.opened_data import OpenedData
from surrogate.interface.tensors import as_numpy
from surrogate.spaces import Boundary, Condition, DataSpec, FieldSpec, Grid, Placement, Task
from surrogate.typed_record import first_complaint

Sides = Condition | Sequence[Condition | tuple[Condition, Condition]]
Numbers = NDArray[np.float32]


def from_arrays(
    *,
    lengths: float | Sequence[float],
    boundary: Sides = "open",
    placement: Placement | Sequence[Placement] | None = None,
    target: str | Sequence[str] | None = None,
    times: Sequence[float] | None = None,
    task: Task | None = None,
    units: Mapping[str, str] | None = None,
    name: str = "arrays",
    notes: str = "",
    split: Sequence[float] | None = None,
    seed: int | None = None,
    out: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    **fields: Any,
) -> OpenedData:
    """Return the data set of arrays: ``from_arrays(a=a, u=u, lengths=(1, 1), boundary="dirichlet")`` maps a to u.

    Args:
        lengths: of the box, one number for each space axis or one for all; coordinates begin at 0.
        boundary: what holds at the sides, for all, for each axis, or for the (low, high) side of each: ``dirichlet``,
            ``neumann``, ``robin``, ``periodic``, or ``open`` where nothing is known.
        placement: where the points lie: ``cells`` (centres), ``nodes`` (both ends), ``left``; for all or for each axis.
            None: ``left`` along periodic axes, ``cells`` along others.
        target: the name of what is to be found, or several; None: the last of the arrays.
        times: of the frames, where the target is ``(n, t, s...)``.
        task: ``map`` or ``step``; None: ``step`` where there are times.
        units: name of a field -> its unit; others have none, "1".
        name: of the data set.
        notes: for the data card.
        split: fractions of train, valid and test, of a permutation by ``seed``; None: those of conf/convert.yaml.
        seed: of the permutation; None: that of conf/convert.yaml.
        out: a new folder; None: a temporary one, which is removed when the program ends.
        overwrite: replace another data set there.
        fields: name -> array ``(n, s...)`` of real numbers, or ``(n,)`` where it is one number for each sample.

    Raises:
        InputError: arrays that do not fit each other, or hold what is not finite in float32.
        SettingsError: a name, a box or fractions that cannot be, or a folder that holds something else.
        StorageError: the disk refused.
    """
    config = convert_settings(split=split, seed=seed, out=out, overwrite=overwrite)
    targets = targets_among(target, list(fields))
    arrays = {key: real(key, value) for key, value in fields.items()}
    givens = [key for key in arrays if key not in targets]
    first = arrays[targets[0]]
    space = first.shape[1 if times is None else 2 :]
    spec = _spec(arrays, targets, space, times, task, dict(units or {}), name, (lengths, boundary, placement))
    count = len(first)
    constants = [_fitted(key, arrays[key], (count, *space)) for key in givens]
    frames = (count, *(() if times is None else (len(times),)), *space)
    states = [_fitted(key, arrays[key], frames) for key in targets]
    stacked = np.stack(constants, axis=1) if constants else np.empty((count, 0, *space), np.float32)
    later = np.stack([state if times is not None else state[:, None] for state in states], axis=2)
    return converted(spec, stacked, later, (name, notes), config)


def converted(
    spec: DataSpec, constants: Numbers, states: Numbers, about: tuple[str, str], config: ConvertConfig
) -> OpenedData:
    """Return the data set that the converter makes of arrays in memory, known by what they hold.

    ``about`` is its name, and notes for the data card.

    Raises:
        InputError, SettingsError, StorageError: as of :func:`from_arrays`.
    """
    content = spec.model_dump_json().encode() + constants.tobytes() + states.tobytes()
    name, notes = about
    folder = placed(config.out or _temporary(name), overwrite=config.overwrite)
    digest = hashlib.sha256(content).hexdigest()
    origin = Origin(name, digest, "arrays", "arrays of a Python program", "the arrays")
    foreign, deal = Foreign.of(spec, constants, states, name, notes), Deal(config.split, config.seed)
    return OpenedData(store(foreign, origin, deal, folder, overwrite=config.overwrite))


def convert_settings(**given: Any) -> ConvertConfig:
    """Return the settings of the converter, with the defaults of the command line for what is None."""
    settings = {key: value for key, value in given.items() if value is not None}
    return read(ConvertConfig, compose_tree("convert", words_of("convert", {"input": "."} | settings)))


def targets_among(target: str | Sequence[str] | None, names: list[str]) -> list[str]:
    """Return the names of what is to be found."""
    if not names:
        raise InputError("no arrays; expected some by name, as in a=a, u=u")
    chosen = [names[-1]] if target is None else [target] if isinstance(target, str) else list(target)
    for key in chosen:
        if key not in names:
            raise SettingsError(f"target: there is no array '{key}'{nearest(key, names)}")
    return chosen


def real(key: str, value: Any) -> Numbers:
    """Return an array of a caller as numbers of float32."""
    array = as_numpy(value)
    if array.dtype.kind not in "fiub":
        raise InputError(f"{key}: holds {array.dtype}, not real numbers")
    if array.ndim == 0 or 0 in array.shape:
        raise InputError(f"{key}: an array of shape {array.shape}; expected (sample, space...)")
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and the converter refuses it
        return np.ascontiguousarray(array, dtype=np.float32)


def _fitted(key: str, array: Numbers, shape: tuple[int, ...]) -> Numbers:
    """Return an array of the shape that the others have; one number for each sample is the same everywhere."""
    if array.shape == shape[:1]:
        return np.broadcast_to(array.reshape(-1, *[1] * (len(shape) - 1)), shape)
    if array.shape != shape:
        raise InputError(f"{key}: an array of shape {array.shape}; expected {shape}, as the target has it")
    return array


def _spec(
    arrays: Mapping[str, Numbers],
    targets: Sequence[str],
    space: tuple[int, ...],
    times: Sequence[float] | None,
    task: Task | None,
    units: Mapping[str, str],
    name: str,
    box: tuple[float | Sequence[float], Sides, Placement | Sequence[Placement] | None],
) -> DataSpec:
    lengths, boundary, placement = box
    fields = fields_of(arrays, targets, units)
    try:
        sides = Boundary(sides=tuple(_pair(side) for side in _each(boundary, space)))
        where: list[Placement] = ["left" if periodic else "cells" for periodic in sides.periodic]
        grid = Grid(
            points=space,
            lengths=tuple(float(length) for length in _each(lengths, space)),
            placement=tuple(where if placement is None else _each(placement, space)),
            origin=(0.0,) * len(space),
        )
        return DataSpec(
            equation=name,
            grid=grid,
            boundary=sides,
            fields=tuple(fields),
            times=(0.0,) if times is None else tuple(float(time) for time in times),
            task=task or ("map" if times is None else "step"),
        )
    except ValidationError as error:
        raise refused(error) from None


def refused(error: ValidationError) -> SettingsError:
    """Return in a line what is wrong with a specification."""
    return SettingsError(first_complaint(error, "these fields"))


def fields_of(arrays: Mapping[str, Numbers], targets: Sequence[str], units: Mapping[str, str]) -> list[FieldSpec]:
    """Return the fields that arrays hold, those to be found last; one number for each sample is uniform.

    Raises:
        SettingsError: a unit is that of no array.
    """
    for key in units:
        if key not in arrays:
            raise SettingsError(f"units: there is no array '{key}'{nearest(key, arrays)}")
    fields = [
        FieldSpec(name=key, unit=units.get(key, "1"), role="uniform" if array.ndim == 1 else "constant")
        for key, array in arrays.items()
        if key not in targets
    ]
    return fields + [FieldSpec(name=key, unit=units.get(key, "1"), role="state") for key in targets]


def _each(value: Any, space: tuple[int, ...]) -> list[Any]:
    """Return one entry for each axis."""
    entries = list(value) if isinstance(value, list | tuple) else [value] * len(space)
    if len(entries) != len(space):
        raise SettingsError(f"{value}: {len(entries)} entries; expected one for each of {len(space)} space axes")
    return entries


def _pair(side: Any) -> tuple[Any, Any]:
    return (side, side) if isinstance(side, str) else tuple(side)


def _temporary(name: str) -> Path:
    """Return a folder that is removed when the program ends."""
    folder = Path(tempfile.mkdtemp(prefix="surrogate-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / name
