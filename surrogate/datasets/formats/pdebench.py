"""The files of PDEBench: one array of all samples (``.hdf5``), a group for each (``.h5``), incompressible flows.

* one array: ``tensor`` ``(n, t, x...)``, or ``density``, ``pressure``, ``Vx``, ``Vy``, ``Vz`` of a gas, with
  ``x-coordinate`` and so on; ``t-coordinate`` is one entry longer than there are frames. Darcy flow has ``nu``
  ``(n, x, y)`` and ``tensor`` ``(n, 1, x, y)``;
* a group for each: ``0000/data`` ``(t, x..., c)`` with ``0000/grid/x``, ``y``, ``t``;
* incompressible flows: ``velocity`` ``(n, t, x, y, 2)``, ``particles`` ``(n, t, x, y, 1)``, ``force`` ``(n, x, y, 2)``
  and ``t`` ``(n, t)``.

None of them says what is for training; the publisher's loader tests on the first tenth of one array and on the last
tenth of groups.

Source: https://github.com/pdebench/PDEBench, pdebench/data_gen and pdebench/models/fno/utils.py (MIT).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.foreign import Foreign, Rows, SourceArray
from surrogate.datasets.formats._axes import PlacedAxis
from surrogate.datasets.formats._blocks import FieldBlock, laid_out
from surrogate.datasets.formats._damage import real_numbers, refusing_damage
from surrogate.datasets.formats._published import Published
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.source import Source, read_source
from surrogate.datasets.stored_array import hdf5_array
from surrogate.errors import InputError
from surrogate.spaces import Condition, FieldSpec

_GAS = ("density", "pressure", "Vx", "Vy", "Vz")
_ROTATION = ("omega_x", "omega_y", "omega_z")
_INCOMPRESSIBLE = ("velocity", "particles", "force", "t")
_GROUP = re.compile(r"^\d{4,}$")
_PLACES = ("x-coordinate", "y-coordinate", "z-coordinate")


class _Kind(NamedTuple):
    """What the name of a published file says that the file does not."""

    equation: str
    names: tuple[str, ...]
    sides: tuple[Condition, Condition]
    notes: str


_PERIODIC: tuple[Condition, Condition] = ("periodic", "periodic")
_KINDS = {
    "advection": _Kind("advection", ("density",), _PERIODIC, "u_t + beta u_x = 0."),
    "burgers": _Kind("burgers", ("velocity",), _PERIODIC, "u_t + (u^2/2)_x = (Nu/pi) u_xx: mind the pi below Nu."),
    "reacdiff": _Kind("fisher", ("density",), _PERIODIC, "u_t = Nu u_xx + rho u (1 - u)."),
    "diff-react": _Kind("fitzhugh_nagumo", ("activator", "inhibitor"), ("neumann", "neumann"), "No flux at the sides."),
    "diff-sorp": _Kind(
        "diffusion_sorption", ("concentration",), ("dirichlet", "robin"), "u = 1 left, u = D u_x right."
    ),
    "rdb": _Kind("shallow_water", ("height",), ("open", "open"), "A dam breaks; of its state the height is published."),
}
_DARCY = (
    "-div(a grad u) = beta with u = 0 on the boundary of the unit square. The solution is a late frame of a march in"
    " time, so its residual is not that of a steady solve."
)
_WALLED = "Velocity 0 at the walls; given at the centres of cells of the unit square."


def recognise(source: Source) -> str | None:
    """Return why it is of PDEBench, None where it is not."""
    names = set(source.names)
    if source.kind != "file" or source.magic != "hdf5":
        return None
    if names >= set(_INCOMPRESSIBLE):
        return f"HDF5 with {', '.join(_INCOMPRESSIBLE)}"
    held = [name for name in ("tensor", *_GAS, *_ROTATION) if name in names]
    if held and _PLACES[0] in names:
        return f"HDF5 with {', '.join((*held, *(name for name in _PLACES if name in names)))}"
    first = next((name.split("/")[0] for name in source.names if _GROUP.match(name.split("/")[0])), None)
    if first is not None and {f"{first}/data", f"{first}/grid/x"} <= names:
        return f"HDF5 with a group for each sample, {first}/data and {first}/grid"
    return None


@refusing_damage
def read(path: Path, reading: Reading = AS_IT_IS) -> Foreign:
    """Return the samples of a file; values are read as they are asked for.

    Raises:
        InputError: it is damaged, or none of the three kinds.
        SettingsError: what the user says does not fit.
    """
    source = read_source(path)
    names = set(source.names)
    if names >= set(_INCOMPRESSIBLE):
        return _incompressible(source).read_as(reading)
    if _PLACES[0] in names:
        return _arrays(source, names).read_as(reading)
    if any(_GROUP.match(name.split("/")[0]) for name in names):
        return _groups(source).read_as(reading)
    raise InputError(f"{path}: holds {', '.join(sorted(names)[:8]) or 'no arrays'}; expected a file of PDEBench")


def _arrays(source: Source, names: set[str]) -> Published:
    path, kind = source.path, _kind(source.path)
    held = [name for name in ("tensor", *_GAS, *_ROTATION) if name in names]
    axes = [name for name in _PLACES if name in names]
    if not held:
        raise InputError(f"{path}: holds none of tensor, {', '.join(_GAS)}")
    darcy = "nu" in names and held == ["tensor"]
    arrays = {name: hdf5_array(path, name) for name in held}
    shape = arrays[held[0]].shape
    letters = "nt" + "xyz"[: len(axes)]
    for name, array in arrays.items():
        if len(array.shape) != len(letters) or array.shape != shape:
            raise InputError(
                f"{path}: '{name}' is {array.shape}; expected ({', '.join(letters)}), as {held[0]} is {shape}"
            )
    blocks = [laid_out(hdf5_array(path, "nu"), "n" + letters[2:], ("permeability",), "constant")] if darcy else []
    called = {"tensor": "pressure" if darcy else kind.names[0] if kind is not None else "u"}
    blocks += [laid_out(array, letters, (called.get(name, name),), "state") for name, array in arrays.items()]
    sides: tuple[Condition, Condition] | None = kind.sides if kind is not None else _sides_of_gas(path)
    notes = kind.notes if kind is not None else ""
    if darcy:
        sides = ("dirichlet", "dirichlet")
        notes = _DARCY
    return Published(
        format="pdebench",
        name=path.stem,
        notes=_notes(source, notes, "first"),
        where=str(path),
        count=shape[0],
        blocks=blocks,
        axes={name[0]: real_numbers(hdf5_array(path, name), f"{path}: '{name}'") for name in axes},
        boundary=None if sides is None else [sides] * len(axes),
        times=_times(path, names, shape[1]),
        equation="darcy" if darcy else None if kind is None else kind.equation,
    )


def _groups(source: Source) -> Published:
    from surrogate.datasets.foreign_hdf5 import open_foreign_hdf5

    path, kind = source.path, _kind(source.path)
    with open_foreign_hdf5(path) as file:
        groups = sorted(name for name in file if _GROUP.match(name))
    first = groups[0]
    shape = hdf5_array(path, f"{first}/data").shape
    axes = [axis for axis in "xyz" if source.entry(f"{first}/grid/{axis}") is not None]
    if len(shape) != len(axes) + 2:
        raise InputError(f"{path}: '{first}/data' is {shape}; expected (t, {', '.join(axes)}, c)")
    names = kind.names if kind is not None and len(kind.names) == shape[-1] else _numbered(shape[-1])
    letters = f"t,{','.join(axes)},c"
    block = FieldBlock(
        tuple(FieldSpec(name=name, unit="1", role="state") for name in names),
        lambda rows: _of_groups(path, groups, rows, shape),
        SourceArray(shape, letters),
    )
    timed = source.entry(f"{first}/grid/t") is not None
    times = real_numbers(hdf5_array(path, f"{first}/grid/t"), f"{path}: grid/t")[: shape[0]] if timed else shape[0]
    return Published(
        format="pdebench",
        name=path.stem,
        notes=_notes(source, kind.notes if kind is not None else "", "last"),
        where=str(path),
        count=len(groups),
        blocks=[block],
        axes={axis: real_numbers(hdf5_array(path, f"{first}/grid/{axis}"), f"{path}: grid/{axis}") for axis in axes},
        boundary=None if kind is None else [kind.sides] * len(axes),
        times=times,
        equation=None if kind is None else kind.equation,
    )


def _of_groups(path: Path, groups: Sequence[str], rows: Rows, shape: tuple[int, ...]) -> list[NDArray[Any]]:
    from surrogate.datasets.foreign_hdf5 import foreign_dataset, open_foreign_hdf5

    values = np.empty((len(rows), *shape), np.float32)
    with open_foreign_hdf5(path) as file:
        for place, row in enumerate(rows):
            array = foreign_dataset(file, f"{groups[row]}/data", path)
            if array.shape != shape:
                raise InputError(f"{path}: '{array.name}' is {array.shape}; expected {shape}, as {groups[0]} is")
            values[place] = array[()]
    return [values[..., channel] for channel in range(shape[-1])]


def _incompressible(source: Source) -> Published:
    path = source.path
    arrays = {name: hdf5_array(path, name) for name in _INCOMPRESSIBLE}
    shape = arrays["velocity"].shape
    if len(shape) != 5 or shape[-1] != 2:
        raise InputError(f"{path}: 'velocity' is {shape}; expected (n, t, x, y, 2)")
    latest = int(np.ravel(source.root.get("latestIndex", shape[1] - 1))[0])
    frames = latest + 1 if 0 <= latest < shape[1] else shape[1]
    times = real_numbers(arrays["t"], f"{path}: 't'")
    if times.shape != shape[:2] or not np.allclose(times, times[:1]):
        raise InputError(f"{path}: 't' differs between samples; times=... says what it is for all")
    cut = f" Its run ended early: the first {frames} of {shape[1]} frames are taken." if frames < shape[1] else ""
    return Published(
        format="pdebench",
        name=path.stem,
        notes=_notes(
            source, f"Velocity 0 at the walls; given at the centres of cells of the unit square.{cut}", "last"
        ),
        where=str(path),
        count=shape[0],
        blocks=[
            laid_out(arrays["force"], "nxyc", ("force_x", "force_y"), "constant"),
            laid_out(arrays["velocity"], "ntxyc", ("velocity_x", "velocity_y"), "state", frames),
            laid_out(arrays["particles"], "ntxyc", ("particles",), "state", frames),
        ],
        axes={axis: PlacedAxis(count, 1.0, "cells", 0.0) for axis, count in zip("xy", shape[2:4], strict=True)},
        boundary=[("dirichlet", "dirichlet")] * 2,
        times=times[0, :frames],
    )


def _kind(path: Path) -> _Kind | None:
    name = path.name.lower().replace("_", "-")
    return next((kind for word, kind in _KINDS.items() if word in name), None)


def _sides_of_gas(path: Path) -> tuple[Condition, Condition] | None:
    name = path.name.lower()
    return _PERIODIC if "periodic" in name else ("open", "open") if "trans" in name else None


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"u{place}" for place in range(count)) if count > 1 else ("u",)


def _times(path: Path, names: set[str], frames: int) -> NDArray[Any] | int:
    if frames == 1:
        return np.zeros(1)
    if "t-coordinate" not in names:
        return frames
    times = np.atleast_1d(real_numbers(hdf5_array(path, "t-coordinate"), f"{path}: 't-coordinate'"))
    if len(times) < frames:
        raise InputError(f"{path}: 't-coordinate' has {len(times)} entries for {frames} frames")
    return times[:frames]


def _notes(source: Source, more: str, tenth: str) -> str:
    numbers = {key: np.asarray(value) for key, value in source.root.items() if key != "latestIndex"}
    parameters = [
        f"{key} = {value:g}" for key, value in numbers.items() if value.ndim == 0 and value.dtype.kind in "iuf"
    ]
    own = f" with {', '.join(parameters)}" if parameters else ""
    return (
        f"A file of PDEBench{own}. {more}{' ' if more else ''}It gives no units and no splits; the publisher's loader"
        f" tests on the {tenth} tenth."
    )
