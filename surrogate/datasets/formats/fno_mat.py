"""The ``.mat`` files of the Fourier neural operator and of those who follow it, of version 5 to 7.3.

* ``coeff`` and ``sol``, both ``(n, x, y)``: Darcy flow on nodes with both ends, and the smoothed ``Kcoeff``,
  ``Kcoeff_x``, ``Kcoeff_y``, which are read where they are named;
* ``a`` ``(n, x)`` and ``u`` ``(n, x)`` in a file whose name has ``burgers``: velocities at time 0 and 1;
* ``a`` ``(n, x, y)``, ``u`` ``(n, x, y, t)`` and ``t``: the vorticity of a flow; ``a``, at time 0, is read where it is
  named;
* ``input`` ``(n, x)``, ``output`` ``(n, t, x)`` and ``visc``: Burgers' equation from time 0, where ``input`` is, to 1.

Files of version 7.3 are HDF5 and hold every array with its axes reversed.

Source: https://github.com/neuraloperator/neuraloperator at fd1fb7a3, its README and scripts (MIT).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.foreign import Foreign, Rows, SourceArray
from surrogate.datasets.formats._axes import PlacedAxis
from surrogate.datasets.formats._blocks import FieldBlock, laid_out
from surrogate.datasets.formats._damage import real_numbers, refusing_damage
from surrogate.datasets.formats._published import Published
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.source import Source, read_source
from surrogate.datasets.stored_array import StoredArray, hdf5_array, mat5_array
from surrogate.errors import InputError
from surrogate.spaces import FieldSpec

_SMOOTHED = ("Kcoeff", "Kcoeff_x", "Kcoeff_y")
_NODES = "points are nodes with both ends, as in the first files of this kind: placement=..."


def recognise(source: Source) -> str | None:
    """Return why it is such a file, None where it is not."""
    if source.kind != "file" or source.suffix != ".mat" or source.magic not in ("mat5", "hdf5"):
        return None
    kind = _kind_of(source)
    version = "7.3" if source.magic == "hdf5" else "5 to 7"
    return None if kind is None else f"a .mat file of version {version} with {' and '.join(_KEYS[kind])}"


@refusing_damage
def read(path: Path, reading: Reading = AS_IT_IS) -> Foreign:
    """Return the samples of a ``.mat`` file; of version 7.3 values are read as they are asked for, others at once.

    Raises:
        InputError: it is damaged, or its arrays are others.
        SettingsError: what the user says does not fit.
    """
    source = read_source(path)
    kind = _kind_of(source)
    if kind is None:
        held = ", ".join(f"{entry.name} {entry.shape}" for entry in source.entries[:8] if entry.name)
        raise InputError(f"{path}: holds {held or 'no arrays'}; expected coeff and sol, a and u, or input and output")
    return _READERS[kind](source).read_as(reading)


def _kind_of(source: Source) -> str | None:
    """Return which of the kinds the shapes fit."""
    shapes = {name: _shape(source, name) for name in source.names}
    a, u = shapes.get("a"), shapes.get("u")
    if "sol" in shapes and len(shapes.get("coeff", ())) == 3 and shapes["coeff"] == shapes["sol"]:
        return "darcy"
    if a is not None and u is not None and len(a) == 3 and len(u) == 4 and u[:3] == a:
        return "flow"
    if a is not None and a == u and len(a) == 2 and "burgers" in source.path.name.lower():
        return "burgers"
    first, out = shapes.get("input", ()), shapes.get("output", ())
    if len(first) == 2 and len(out) == 3 and (out[0], out[2]) == first and "visc" in shapes:
        return "trajectory"
    return None


def _shape(source: Source, name: str) -> tuple[int, ...]:
    entry = source.entry(name)
    shape = () if entry is None else entry.shape
    return shape[::-1] if source.magic == "hdf5" else shape


def _array(source: Source, name: str) -> StoredArray:
    if source.magic == "hdf5":
        return hdf5_array(source.path, name, reversed=True)
    return mat5_array(source.path, name)


def _darcy(source: Source) -> Published:
    spare = [name for name in _SMOOTHED if _shape(source, name) == _shape(source, "coeff")]
    count, *points = _shape(source, "coeff")
    sizes = dict(zip("xy", points, strict=True))
    return Published(
        format="fno_mat",
        name=source.path.stem,
        notes="-div(a grad u) = 1, u = 0 on the boundary of the unit square, where not all published values are 0.",
        where=str(source.path),
        count=count,
        blocks=[
            laid_out(_array(source, "coeff"), "nxy", ("permeability",), "constant"),
            *(laid_out(_array(source, name), "nxy", (name,), "constant") for name in spare),
            laid_out(_array(source, "sol"), "nxy", ("pressure",), "state"),
        ],
        axes={axis: PlacedAxis(size, 1.0, "nodes", 0.0) for axis, size in sizes.items()},
        boundary=[("dirichlet", "dirichlet")] * 2,
        equation="darcy",
        spare=tuple(spare),
        guesses=(_NODES,),
    )


def _burgers(source: Source) -> Published:
    a, u = _array(source, "a"), _array(source, "u")
    count, points = a.shape

    def read(rows: Rows) -> list[NDArray[np.generic]]:
        return [np.stack([a.take(0, rows), u.take(0, rows)], axis=1)]

    return Published(
        format="fno_mat",
        name=source.path.stem,
        notes="u_t + u u_x = 0.1 u_xx with period 1: a at time 0, u at time 1.",
        where=str(source.path),
        count=count,
        blocks=[FieldBlock((FieldSpec(name="velocity", unit="1", role="state"),), read, SourceArray(u.shape, "n,x"))],
        axes={"x": PlacedAxis(points, 1.0, "left", 0.0)},
        boundary=[("periodic", "periodic")],
        times=(0.0, 1.0),
        equation="burgers",
        task="map",
        guesses=("a is the start and u the end, at time 1: times=...",),
    )


def _flow(source: Source) -> Published:
    u = _array(source, "u")
    count, *points, frames = u.shape
    times = real_numbers(_array(source, "t"), f"{source.path}: 't'").ravel() if "t" in source.names else frames
    if not isinstance(times, int) and len(times) != frames:
        raise InputError(f"{source.path}: 't' has {len(times)} entries for {frames} frames")
    return Published(
        format="fno_mat",
        name=source.path.stem,
        notes=(
            "The vorticity of a flow of period 1, driven by 0.1 (sin 2 pi (x + y) + cos 2 pi (x + y)), from its first"
            " stored frame; a, the vorticity at time 0, is read with inputs=a."
        ),
        where=str(source.path),
        count=count,
        blocks=[
            laid_out(_array(source, "a"), "nxy", ("a",), "constant"),
            laid_out(u, "nxyt", ("vorticity",), "state"),
        ],
        axes={axis: PlacedAxis(size, 1.0, "left", 0.0) for axis, size in zip("xy", points, strict=True)},
        boundary=[("periodic", "periodic")] * 2,
        times=times,
        equation="navier_stokes",
        spare=("a",),
    )


def _trajectory(source: Source) -> Published:
    first, output = _array(source, "input"), _array(source, "output")
    count, frames, points = output.shape
    viscosity = float(np.ravel(_array(source, "visc").all())[0])
    row = np.zeros(1, np.int64)
    if not np.allclose(first.take(0, row)[0], output.take(0, row)[0, 0], rtol=1e-4, atol=1e-6):
        raise InputError(f"{source.path}: input is not the first time of output; format=arrays reads them as they are")
    return Published(
        format="fno_mat",
        name=source.path.stem,
        notes=f"u_t + u u_x = {viscosity:g} u_xx with period 1; input is the first of the frames.",
        where=str(source.path),
        count=count,
        blocks=[laid_out(output, "ntx", ("velocity",), "state")],
        axes={"x": PlacedAxis(points, 1.0, "left", 0.0)},
        boundary=[("periodic", "periodic")],
        times=np.linspace(0, 1, frames),
        equation="burgers",
        guesses=("the last frame is at time 1: times=FIRST:LAST",),
    )


_READERS: dict[str, Callable[[Source], Published]] = {
    "darcy": _darcy,
    "burgers": _burgers,
    "flow": _flow,
    "trajectory": _trajectory,
}
_KEYS = {"darcy": ("coeff", "sol"), "burgers": ("a", "u"), "flow": ("a", "u"), "trajectory": ("input", "output")}
