"""Meshes, read through meshio: ``.vtu``, ``.vtk`` and ``.msh`` files, one sample each, alone or in a folder.

Values at points become fields on a cloud; the weight of a point is its equal share of the cells around it, of those of
the highest dimension. Values of cells are left out. Files in folders ``train``, ``valid`` and ``test`` are of that
split. Which of the fields is to be found no file says.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.foreign import Foreign, Rows, SourceArray
from surrogate.datasets.formats._blocks import FieldBlock, Role
from surrogate.datasets.formats._cells import shares
from surrogate.datasets.formats._damage import refusing_damage
from surrogate.datasets.formats._extras import needed
from surrogate.datasets.formats._on_points import OnPoints
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.source import Source
from surrogate.errors import InputError, SettingsError, nearest
from surrogate.reading import opened
from surrogate.spaces import SPLITS, FieldSpec, Split

_SUFFIXES = (".vtu", ".vtk", ".msh")

Numbers = NDArray[np.float32]


def recognise(source: Source) -> str | None:
    """Return why it is a mesh, or a folder of such, None where it is not."""
    if source.kind == "file":
        return f"a mesh, by its suffix {source.suffix}" if source.suffix in _SUFFIXES else None
    held = [name for name in source.files if name.lower().endswith(_SUFFIXES)]
    return f"a folder of {len(held)} meshes, {held[0]} the first" if held else None


@refusing_damage
def read(path: Path, reading: Reading = AS_IT_IS) -> Foreign:
    """Return the values at the points of a mesh, or of each mesh in a folder; files are read as they are asked for.

    Raises:
        InputError: a file is damaged, has no values at points, or other ones than the first.
        SettingsError: meshio is not installed, or what the user says does not fit.
    """
    needed("meshio", "fem", "meshes")
    files = _files(path)
    meshes = [_Mesh.of(file) for file in files]
    first = meshes[0]
    for file, mesh in zip(files, meshes, strict=True):
        if mesh.widths != first.widths:
            raise InputError(f"{file}: has values {', '.join(mesh.widths) or 'none'} at its points; {_all(first)}")
    inputs, outputs = _roles(first, path, reading)
    dimensions = max(mesh.dimensions for mesh in meshes)
    capacity = max(mesh.count for mesh in meshes)
    batch = _Batch(files, capacity, dimensions)
    published = OnPoints(
        format="mesh",
        name=path.stem,
        notes=(
            f"{'A mesh' if len(files) == 1 else f'{len(files)} meshes'}, read through meshio. A point weighs its equal"
            f" share of the cells around it.{_left_out(meshes)} It gives no units."
        ),
        where=str(path),
        count=len(files),
        capacity=capacity,
        dimensions=dimensions,
        coordinates=lambda rows: batch.of(rows)["points"],
        weights=lambda rows: batch.of(rows)["weights"],
        blocks=[
            *(batch.block(name, first, "constant") for name in inputs),
            *(batch.block(name, first, "state") for name in outputs),
        ],
        splits=_splits(path, files),
    )
    return published.read_as(reading.model_copy(update={"inputs": None, "outputs": None}))


@dataclass(frozen=True)
class _Mesh:
    """What a mesh holds: how many points in how many dimensions, its values by name and how many numbers each is."""

    count: int
    dimensions: int
    widths: dict[str, int]
    of_cells: tuple[str, ...]

    @classmethod
    def of(cls, path: Path) -> _Mesh:
        mesh = _loaded(path)
        points = np.asarray(mesh.points, np.float64)
        flat = [axis for axis in range(points.shape[1]) if np.ptp(points[:, axis]) > 0]
        widths = {name: values.shape[1] for name, values in _values(mesh).items()}
        return cls(
            len(points), max(flat, default=0) + 1, widths, tuple(name for name in mesh.cell_data if ":" not in name)
        )


class _Batch:
    """The samples of the rows last asked for, filled up to one number of points."""

    def __init__(self, files: Sequence[Path], capacity: int, dimensions: int) -> None:
        self.files, self.capacity, self.dimensions = files, capacity, dimensions
        self._last: tuple[bytes, dict[str, Numbers]] = (b"", {})

    def of(self, rows: Rows) -> dict[str, Numbers]:
        """Return ``points`` ``(b, p, d)``, ``weights`` ``(b, p)`` and ``values/NAME`` ``(b, p, c)``."""
        key = np.asarray(rows, np.int64).tobytes()
        if key != self._last[0]:
            self._last = (key, self._read(rows))
        return self._last[1]

    def block(self, name: str, first: _Mesh, role: Role) -> FieldBlock:
        """Return the values of one name as a block, a field for each number at a point."""
        width = first.widths[name]
        names = [name] if width == 1 else [f"{name}_{_component(place, width)}" for place in range(width)]
        fields = tuple(FieldSpec(name=called, unit="1", role=role) for called in names)

        def read(rows: Rows) -> list[NDArray[Any]]:
            values = self.of(rows)[f"values/{name}"]
            parts = [values[..., place] for place in range(width)]
            return [part[:, None] for part in parts] if role == "state" else parts

        shape = (first.count,) if width == 1 else (first.count, width)
        return FieldBlock(fields, read, SourceArray(shape, "point" if width == 1 else "point,c"))

    def _read(self, rows: Rows) -> dict[str, Numbers]:
        held: dict[str, Numbers] = {}
        for place, row in enumerate(rows):
            mesh = _loaded(self.files[row])
            points = np.asarray(mesh.points, np.float64)[:, : self.dimensions]
            parts = {"points": points, "weights": _weights(mesh)}
            parts |= {f"values/{name}": values for name, values in _values(mesh).items()}
            for name, values in parts.items():
                if name not in held:
                    held[name] = np.zeros((len(rows), self.capacity, *values.shape[1:]), np.float32)
                held[name][place, : len(values)] = values
        return held


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    held = sorted(file for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES and file.is_file())
    if not held:
        raise InputError(f"{path}: holds no meshes; expected files {', '.join(_SUFFIXES)}")
    return held


def _loaded(path: Path) -> Any:
    import meshio

    with opened(path):
        pass
    try:
        with redirect_stdout(StringIO()):
            return meshio.read(path)
    except (
        Exception,
        SystemExit,
    ) as error:  # meshio leaves the program on some
        raise InputError(f"{path}: not a mesh that meshio reads, or damaged ({' '.join(str(error).split())})") from None


def _values(mesh: Any) -> dict[str, NDArray[Any]]:
    """Return the numbers at the points ``(p, c)`` by name; what meshio calls ``gmsh:...`` and the like are tags."""
    held = {name: np.asarray(values) for name, values in mesh.point_data.items() if ":" not in name}
    if _weighed(mesh):
        del held["weight"]
    return {name: values.reshape(len(values), -1) for name, values in held.items() if values.dtype.kind in "fiub"}


def _weighed(mesh: Any) -> bool:
    """Return whether a file without cells gives the weights of its points itself, as ours do."""
    return "weight" in mesh.point_data and all(block.type == "vertex" for block in mesh.cells)


def _weights(mesh: Any) -> NDArray[Any]:
    return np.asarray(mesh.point_data["weight"]) if _weighed(mesh) else shares(mesh.points, mesh.cells)


def _roles(mesh: _Mesh, path: Path, reading: Reading) -> tuple[list[str], list[str]]:
    """Return the names of what goes in and of what is to be found."""
    names = list(mesh.widths)
    for key, chosen in (("inputs", reading.inputs), ("outputs", reading.outputs)):
        for name in chosen or ():
            if name not in names:
                raise SettingsError(f"{key}: {path} has no values '{name}' at its points{nearest(name, names)}")
    if not names:
        raise InputError(f"{path}: has no values at its points; expected some")
    if reading.outputs is not None:
        outputs = list(reading.outputs)
        return [name for name in reading.inputs or names if name not in outputs], outputs
    if reading.inputs is not None and len(reading.inputs) < len(names):
        return list(reading.inputs), [name for name in names if name not in reading.inputs]
    if len(names) == 1:
        return [], names
    raise InputError(f"{path}: has values {', '.join(names)} at its points; outputs=NAME says what is to be found")


def _all(mesh: _Mesh) -> str:
    return f"expected {', '.join(mesh.widths) or 'none'}, as the first has"


def _component(place: int, width: int) -> str:
    return "xyz"[place] if width <= 3 else str(place)


def _left_out(meshes: Sequence[_Mesh]) -> str:
    names = sorted({name for mesh in meshes for name in mesh.of_cells})
    return f" Left out, as they are of cells: {', '.join(names)}." if names else ""


def _splits(path: Path, files: Sequence[Path]) -> dict[Split, Rows] | None:
    folders = [file.relative_to(path).parts[0] if path.is_dir() else "" for file in files]
    if not set(folders) <= set(SPLITS):
        return None
    return {split: np.flatnonzero([folder == split for folder in folders]).astype(np.int64) for split in SPLITS}
