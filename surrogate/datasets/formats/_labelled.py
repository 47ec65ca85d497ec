"""What the dimensions of a labelled store are, and its variables as blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.foreign import Rows, SourceArray
from surrogate.datasets.formats._axes import PlacedAxis, equally_spaced, placed_axis
from surrogate.datasets.formats._blocks import FieldBlock, Role
from surrogate.datasets.reading_settings import Reading
from surrogate.errors import InputError, SettingsError, nearest
from surrogate.spaces import Condition, FieldSpec, Placement

if TYPE_CHECKING:
    from xarray import DataArray, Dataset

_SAMPLES = ("n", "sample", "samples", "batch", "member", "realization", "ensemble", "trajectory", "case", "run")
_MEANS = {
    "n": _SAMPLES,
    "t": ("t", "time", "times", "step", "frame"),
    "c": ("c", "channel", "channels", "component", "components"),
}


def letters_of(dataset: Dataset, path: Path, reading: Reading) -> dict[str, str]:
    """Return what each dimension is that is no space: name -> ``n``, ``t`` or ``c``.

    Raises:
        InputError: two may be of one letter.
        SettingsError: the axes that the user gives do not fit.
    """
    if isinstance(reading.axes, tuple):
        raise SettingsError("axes: here every variable has axes of its own; expected them by name: axes={u: ntxy}")
    names: dict[str, str] = {}
    known = [str(name) for name in dataset.data_vars]
    settled: set[str] = set()
    for name, letters in (reading.axes or {}).items():
        if name not in known:
            raise SettingsError(f"axes: there is no variable '{name}' in {path}{nearest(name, known)}")
        dims = [str(dim) for dim in dataset[name].dims]
        if len(dims) != len(letters):
            raise SettingsError(f"axes: {name} has axes {', '.join(dims)}; expected as many letters")
        settled |= set(dims)
        names |= {dim: letter for dim, letter in zip(dims, letters, strict=True) if letter in "ntc"}
    for dim in map(str, dataset.sizes):
        letter = next((letter for letter, words in _MEANS.items() if dim.lower() in words), None)
        dated = dim in dataset.coords and dataset[dim].dtype.kind in "mM"
        if dim not in settled and (letter is not None or dated):
            names[dim] = letter or "t"
    for letter in "ntc":
        held = [name for name, means in names.items() if means == letter]
        if len(held) > 1:
            both = " and ".join(held)
            raise InputError(f"{path}: {both} may both be of {letter}; axes={{VARIABLE: ntxy}} says which is")
    return names


@dataclass(frozen=True)
class Labelled:
    """A store whose dimensions are known."""

    path: Path
    dataset: Dataset
    letters: Mapping[str, str]
    space: tuple[str, ...]

    def dim(self, letter: str) -> str | None:
        """Return the dimension that a letter stands for."""
        return next((name for name, means in self.letters.items() if means == letter), None)

    @property
    def count(self) -> int:
        """How many samples there are."""
        sample = self.dim("n")
        return 1 if sample is None else int(self.dataset.sizes[sample])

    def places(self, axis: str) -> NDArray[Any] | PlacedAxis | int:
        """Return the coordinates of an axis, growing, or how many points it has."""
        if axis not in self.dataset.coords or self.dataset[axis].dtype.kind not in "fiu":
            return int(self.dataset.sizes[axis])
        values = np.asarray(self.dataset[axis].values, np.float64)
        placement: Any = self.dataset[axis].attrs.get("placement")
        if placement in get_args(Placement) and equally_spaced(values):
            return placed_axis(values, placement)
        return values[::-1] if self._falls(axis) else values

    def sides(self) -> list[tuple[Condition, Condition]] | None:
        """Return what holds at the sides, None where an axis says nothing of them."""
        held = [self.dataset[axis].attrs for axis in self.space if axis in self.dataset.coords]
        pairs: list[Any] = [(facts.get("boundary_low"), facts.get("boundary_high")) for facts in held]
        known = all(side in get_args(Condition) for pair in pairs for side in pair)
        return [(low, high) for low, high in pairs] if known and len(pairs) == len(self.space) else None

    def times(self) -> tuple[NDArray[Any] | int, str]:
        """Return the times of the frames, or how many there are, and a sentence on them."""
        time = self.dim("t")
        if time is None:
            return np.zeros(1), ""
        if time not in self.dataset.coords:
            return int(self.dataset.sizes[time]), ""
        values = self.dataset[time].values
        if values.dtype.kind in "mM":
            return (values - values[0]) / np.timedelta64(1, "s"), f" Times are in seconds since {values[0]}."
        return np.asarray(values, np.float64), ""

    def block(self, name: str, role: Role) -> FieldBlock:
        """Return a variable as a block: a field for each channel, filled up along every axis it lacks."""
        array = self.dataset[name]
        other = [str(dim) for dim in array.dims if str(dim) not in self.space and str(dim) not in self.letters]
        if other:
            more = "axes={VARIABLE: ntxy} says what it is"
            raise InputError(f"{self.path}: '{name}' has an axis {other[0]} that others lack; {more}")
        unit = str(array.attrs.get("units", "1")) or "1"
        number = role == "constant" and not set(map(str, array.dims)) & set(self.space)
        shown = ",".join(self.letters.get(str(dim), str(dim)) for dim in array.dims)
        names = self._channels(name, array)
        fields = tuple(FieldSpec(name=called, unit=unit, role="uniform" if number else role) for called in names)
        return FieldBlock(fields, lambda rows: self._read(array, rows, role, number), SourceArray(array.shape, shown))

    def _read(self, array: DataArray, rows: Rows, role: Role, number: bool) -> list[NDArray[Any]]:
        sample, time, channel = (self.dim(letter) for letter in "ntc")
        falls = {axis: slice(None, None, -1) for axis in self.space if axis in array.dims and self._falls(axis)}
        try:
            held = array.isel(falls)
            held = held.isel({sample: rows}) if sample in array.dims else held
            order = [dim for dim in (sample, time, *self.space, channel) if dim in array.dims]
            values = np.asarray(held.transpose(*order).values)
        except Exception as error:  # whatever a foreign file makes the reader raise, it is the file that is wrong
            raise InputError(f"{self.path}: '{array.name}' cannot be read ({error})") from None
        if sample not in array.dims:
            values = np.broadcast_to(values, (len(rows), *values.shape))
        if number:
            return [values] if channel not in array.dims else list(values.T)
        if role == "state" and time not in array.dims:
            values = values[:, None]
        values = values if channel in array.dims else values[..., None]
        lead = 2 if role == "state" else 1
        for place, axis in enumerate(self.space):
            if axis not in array.dims:
                values = np.expand_dims(values, lead + place)
        whole = (*values.shape[:lead], *(self.dataset.sizes[axis] for axis in self.space), values.shape[-1])
        values = np.broadcast_to(values, whole)
        return [values[..., place] for place in range(values.shape[-1])]

    def _channels(self, name: str, array: DataArray) -> list[str]:
        channel = self.dim("c")
        if channel not in array.dims:
            return [name]
        labels = array[channel].values if channel in array.coords else range(array.sizes[channel])
        return [f"{name}_{label}" for label in labels]

    def _falls(self, axis: str) -> bool:
        if axis not in self.dataset.coords or self.dataset[axis].dtype.kind not in "fiu":
            return False
        values = self.dataset[axis].values
        return bool(len(values) > 1 and values[0] > values[-1])
