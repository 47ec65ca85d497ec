"""Inputs that a user gives: coefficients, forcings, starts, in place of those that the law of a recipe draws.

Shapes: n samples, c fields (constants, then the start of an evolution), s... space.
"""

from __future__ import annotations

import functools
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surrogate.datasets import layout
from surrogate.datasets.named_arrays import read_named_arrays
from surrogate.equations import Equation, equation_class
from surrogate.errors import DamageError, InputError, SettingsError, nearest
from surrogate.files import publish_bytes
from surrogate.reading import sha256
from surrogate.spaces import SPLITS, DataSpec, Frozen, Split

Array = NDArray[np.float64]
Arrays = Mapping[str, NDArray[np.generic]]
Float = TypeVar("Float", np.float32, np.float64)
# The inputs (n, c, s...) of the samples with these numbers of a split.
Draw = Callable[[Split, Sequence[int]], Array]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

# Samples of the recipe that are drawn to say what it draws.
_DRAWN = 4


class Given(Frozen):
    """A file of inputs: row k is sample k, counted through train, valid and test.

    ``sha256`` is that of the file, ``values`` that of its numbers as they are solved: a .npy of shape ``(n, c, s...)``
    in float32. ``path`` is where it lies now, which no record keeps.
    """

    sha256: Hash
    values: Hash
    path: Path = Field(default=Path(), exclude=True)


def names_of_inputs(spec: DataSpec) -> tuple[str, ...]:
    """Return the names of what a solver is given: the constants, and the states where an evolution starts from them."""
    start = spec.states if len(spec.times) > 1 else ()
    return tuple(field.name for field in (*spec.constants, *start))


def points_of(path: Path, equation: str) -> tuple[int, ...]:
    """Return the points along each of the space axes, the last ones, of the arrays in a file.

    Raises:
        InputError: there is no such file, or its arrays have fewer axes than the equation of this name.
    """
    return extents(read_named_arrays(path), equation_class(equation).dimensions, str(path))


def extents(arrays: Arrays, axes: int, where: str) -> tuple[int, ...]:
    """Return the points along the last ``axes`` axes of arrays.

    Raises:
        InputError: they have fewer.
    """
    if not arrays:
        raise InputError(f"{where}: holds no array; expected one with {axes} space axes")
    shape = next(iter(arrays.values())).shape
    if len(shape) < axes:
        raise InputError(f"{where}: an array of shape {shape}; expected (sample, field, {axes} space axes)")
    return tuple(int(extent) for extent in shape[len(shape) - axes :])


def as_inputs(arrays: Arrays, equation: Equation, where: str, kind: type[Float]) -> NDArray[Float]:
    """Return arrays as inputs ``(n, c, s...)`` of an equation that is bound to a grid.

    Args:
        arrays: by the names of the fields, each ``(n, s...)``; or a single one under any name: ``(n, c, s...)``,
            ``(n, s...)`` where there is one field, ``(c, s...)`` for one sample.
        equation: what is going to solve them.
        where: how errors call them.
        kind: of the numbers that are returned.

    Raises:
        InputError: another shape, other names, no numbers, one that is not finite, or one that must be above zero.
    """
    names = names_of_inputs(equation.spec)
    points: tuple[int, ...] = equation.spec.domain.points
    for name, held in arrays.items():
        if held.dtype.kind not in "fiub":
            raise InputError(f"{where}: {name or 'the array'} holds {held.dtype}, not real numbers")
    joined = len(arrays) == 1 and set(arrays) != set(names)
    array = (
        _joined(next(iter(arrays.values())), names, points, where)
        if joined
        else _stacked(arrays, names, len(points), where)
    )
    if array.shape[1:] != (len(names), *points) or not len(array):
        raise InputError(f"{where}: an array of shape {array.shape}; {_expected(names, points)}")
    with np.errstate(over="ignore", under="ignore"):  # it becomes infinite, or zero
        fields = np.ascontiguousarray(array, dtype=kind)
    _refuse(~np.isfinite(fields), fields, names, where, "a finite number")
    for number in (names.index(name) for name in equation.positive if name in names):
        wrong = np.zeros(fields.shape, bool)
        wrong[:, number] = fields[:, number] <= 0
        _refuse(wrong, fields, names, where, "a number above 0")
    return fields


def is_single(arrays: Arrays, equation: Equation) -> bool:
    """Return whether arrays are one sample without an axis for it."""
    first, axes = next(iter(arrays.values())), equation.dimensions
    if len(names_of_inputs(equation.spec)) == 1:
        return first.ndim == axes or (first.ndim == axes + 1 and first.shape[0] == 1)
    return first.ndim == axes + (len(arrays) == 1)


def given_inputs(path: Path, equation: Equation) -> tuple[Given, NDArray[np.float32]]:
    """Return the record of a file of inputs of an equation that is bound to a grid, and what it holds, checked.

    Raises:
        InputError: as of :func:`as_inputs`, or there is no such file.
    """
    values = _values(path, sha256(path), equation)
    return Given(sha256=sha256(path), values=hashlib.sha256(_npy(values)).hexdigest(), path=path), values


def stage(given: Given, equation: Equation, folder: Path) -> None:
    """Lay the inputs into the folder of a data set that is being made, for its workers, where they are not there yet.

    Raises:
        InputError: the file has changed meanwhile.
        StorageError: the disk refused.
    """
    place = folder / layout.INPUTS
    if place.exists() and sha256(place) == given.values:
        return
    data = _npy(_values(given.path, given.sha256, equation))
    if hashlib.sha256(data).hexdigest() != given.values:
        raise InputError(f"{given.path}: has changed since the command began")
    publish_bytes(place, data)


def draw_of(equation: Equation, seed: int, given: Given | None, count: Mapping[Split, int]) -> Draw:
    """Return what gives the inputs of samples: the law of the equation, bound to a grid, or rows of what was given.

    Raises:
        InputError: the file is not what it was, or has not so many samples.
    """
    if given is None:
        return functools.partial(equation.draw, seed)
    staged = given.path.name == layout.INPUTS
    values = _staged(given.path, given.values) if staged else _values(given.path, given.sha256, equation)
    require_rows(len(values), count, str(given.path))
    first = {split: sum(count[before] for before in SPLITS[:number]) for number, split in enumerate(SPLITS)}
    return lambda split, indices: values[[first[split] + index for index in indices]].astype(np.float64)


def require_rows(rows: int, count: Mapping[Split, int], where: str) -> None:
    """Refuse counts that are not those of the samples in a file.

    Raises:
        SettingsError: they are others.
    """
    if sum(count.values()) != rows:
        counts = " ".join(f"count.{split}={count[split]}" for split in SPLITS)
        raise SettingsError(f"{where}: holds {rows} samples, and {counts} make {sum(count.values())}; expected {rows}")


def ranges(values: NDArray[np.float32], equation: Equation, seed: int) -> str:
    """Return how many there are, and the least and largest value of each field, beside those that the law draws."""
    try:
        drawn: Array | None = equation.draw(seed, "train", range(_DRAWN))
    except SettingsError:  # a law that has no samples on this grid
        drawn = None
    texts = []
    for number, name in enumerate(names_of_inputs(equation.spec)):
        own = values[:, number]
        text = f"{name} from {own.min():.3g} to {own.max():.3g}"
        if drawn is not None:
            text += f" (the recipe draws {drawn[:, number].min():.3g} to {drawn[:, number].max():.3g})"
        texts.append(text)
    return f"{len(values)} sample{'s' * (len(values) > 1)}, {', '.join(texts)}"


def _joined(array: NDArray[Any], names: Sequence[str], points: Sequence[int], where: str) -> NDArray[Any]:
    axes = len(points)
    if array.ndim == axes and len(names) == 1:
        return array[None, None]
    if array.ndim == axes + 1:
        one_field = len(names) == 1 and array.shape[0] != 1
        return array[:, None] if one_field else array[None]
    if array.ndim != axes + 2:
        raise InputError(f"{where}: an array of shape {array.shape}; {_expected(names, points)}")
    return array


def _stacked(arrays: Arrays, names: Sequence[str], axes: int, where: str) -> NDArray[Any]:
    for name in arrays:
        if name not in names:
            raise InputError(f"{where}: holds '{name}', which is no input here{nearest(name, names)}")
    if lacking := [name for name in names if name not in arrays]:
        raise InputError(f"{where}: holds no '{lacking[0]}'; expected {', '.join(names)}")
    if min(arrays[name].ndim for name in names) < axes:
        raise InputError(f"{where}: an array of fewer than {axes} axes; expected (sample, space...) of each")
    shapes = {arrays[name].shape for name in names}
    if len(shapes) > 1:
        held = ", ".join(f"{name} {arrays[name].shape}" for name in names)
        raise InputError(f"{where}: arrays of different shapes ({held}); expected (sample, space...) of each")
    stacked = np.stack([arrays[name] for name in names], axis=-axes - 1)
    return stacked if stacked.ndim > axes + 1 else stacked[None]


def _expected(names: Sequence[str], points: Sequence[int]) -> str:
    shape = ", ".join(map(str, (len(names), *points)))
    return f"expected (sample, {shape}): {', '.join(names)} on {' x '.join(map(str, points))} points"


def _refuse(wrong: NDArray[np.bool_], fields: NDArray[Any], names: Sequence[str], where: str, expected: str) -> None:
    """Refuse the first value that is marked as wrong."""
    if wrong.any():
        sample, field, *place = (int(at) for at in np.argwhere(wrong)[0])
        value = fields[(sample, field, *place)]
        raise InputError(f"{where}: sample {sample}, {names[field]} is {value:.6g} at {place}; expected {expected}")


@functools.lru_cache(maxsize=1)
def _values(path: Path, digest: str, equation: Equation) -> NDArray[np.float32]:
    """Return the inputs in a file of that hash, rounded as they are stored; the last ones are kept in memory."""
    return as_inputs(read_named_arrays(path), equation, str(path), np.float32)


@functools.lru_cache(maxsize=1)
def _staged(path: Path, digest: str) -> NDArray[np.float32]:
    if sha256(path) != digest:
        raise DamageError(f"{path}: damaged: its SHA-256 is not the one in {layout.PLAN}; remove it and start again")
    values: NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
    return values


def _npy(values: NDArray[np.float32]) -> bytes:
    content = io.BytesIO()
    np.save(content, values, allow_pickle=False)
    return content.getvalue()
