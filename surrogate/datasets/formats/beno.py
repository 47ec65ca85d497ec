"""The ``.npy`` files of BENO: Poisson problems on squares with cut corners, ``RHS_``, ``SOL_`` and ``BC_`` in a folder.

``RHS`` ``(n, p, 4)`` holds x, y, the forcing and the kind of each cell (0 inside, others in a corner that is cut off),
``SOL`` ``(n, p, 1)`` the solution, 0 outside. The cells make a square, x first. ``BC``, values on faces, lies on no
grid of cells and is left out, so that the map from the forcing alone is not the whole problem.

Source: https://github.com/AI4Science-WestlakeU/beno, data (MIT).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.foreign import Foreign, Rows, SourceArray
from surrogate.datasets.formats._blocks import FieldBlock, Role
from surrogate.datasets.formats._damage import refusing_damage
from surrogate.datasets.formats._published import Published
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.source import Source
from surrogate.datasets.stored_array import StoredArray, npy_array
from surrogate.errors import InputError
from surrogate.spaces import FieldSpec

_NAME = re.compile(r"^RHS_(.+)\.npy$")


def recognise(source: Source) -> str | None:
    """Return why it is of BENO, None where it is not."""
    stem = _stem(source.files) if source.kind == "folder" else None
    return None if stem is None else f"a folder with RHS_{stem}.npy and SOL_{stem}.npy"


@refusing_damage
def read(path: Path, reading: Reading = AS_IT_IS) -> Foreign:
    """Return the problems of a folder; values are read as they are asked for.

    Raises:
        InputError: a file is missing, damaged or of another shape.
        SettingsError: what the user says does not fit.
    """
    stem = _stem([file.name for file in path.iterdir()]) if path.is_dir() else None
    if stem is None:
        raise InputError(f"{path}: expected a folder with RHS_NAME.npy and SOL_NAME.npy")
    given, solution = npy_array(path / f"RHS_{stem}.npy"), npy_array(path / f"SOL_{stem}.npy")
    side = math.isqrt(given.shape[1]) if len(given.shape) == 3 else 0
    if given.shape[1:] != (side * side, 4) or solution.shape != (given.shape[0], side * side, 1):
        raise InputError(f"{path}: RHS and SOL are {given.shape} and {solution.shape}; expected (n, p, 4), (n, p, 1)")
    first = given.take(0, np.zeros(1, np.int64))[0].reshape(side, side, 4)
    published = Published(
        format="beno",
        name=f"beno_{stem}",
        notes=(
            "Lap u = f on squares with cut corners, u given on every face; `kind` is 0 inside and u is 0 outside. The"
            " values on faces (BC) are left out: what f alone makes of u is not the whole problem."
        ),
        where=str(path),
        count=given.shape[0],
        blocks=[
            FieldBlock(_fields("constant", "forcing", "kind"), _reader(given, side, (2, 3)), _held(given)),
            FieldBlock(_fields("state", "u"), _reader(solution, side, (0,)), _held(solution)),
        ],
        axes={"x": first[:, 0, 0], "y": first[0, :, 1]},
        boundary=[("dirichlet", "dirichlet")] * 2,
    )
    return published.read_as(reading)


def _stem(files: Sequence[str]) -> str | None:
    """Return the name that the right-hand sides and the solutions of a folder share."""
    stems = [match.group(1) for name in files if (match := _NAME.match(name))]
    return next((stem for stem in stems if f"SOL_{stem}.npy" in files), None)


def _fields(role: Role, *names: str) -> tuple[FieldSpec, ...]:
    return tuple(FieldSpec(name=name, unit="1", role=role) for name in names)


def _reader(array: StoredArray, side: int, columns: tuple[int, ...]) -> Callable[[Rows], list[NDArray[np.generic]]]:
    """Return the function that reads columns as fields on the square; of solutions as one frame."""

    def read(rows: Rows) -> list[NDArray[np.generic]]:
        values = array.take(0, rows).reshape(len(rows), side, side, -1)
        return [values[..., column] if len(columns) > 1 else values[:, None, ..., column] for column in columns]

    return read


def _held(array: StoredArray) -> SourceArray:
    return SourceArray(array.shape, "n,xy,c")
