"""The ``.mat`` files of reference solutions on a line: ``x``, ``t`` or ``tt``, and ``usol`` or ``uu`` ``(x, t)``.

One trajectory each, made with Chebfun for the papers on physics-informed networks, and many like them since. A complex
solution becomes its real and its imaginary part. Points that leave the right end out, so that the box they fill is
the rounder one, are taken for periodic ones; where both ends are there and the user says ``boundary=periodic``, the
last point is left out.

Source: https://github.com/maziarraissi/PINNs, main/Data and appendix/Data (MIT).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.foreign import Foreign, Rows, SourceArray
from surrogate.datasets.formats._axes import axis_of
from surrogate.datasets.formats._blocks import FieldBlock
from surrogate.datasets.formats._damage import refusing_damage
from surrogate.datasets.formats._published import Published
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.source import Source, read_source
from surrogate.datasets.stored_array import mat5_array
from surrogate.errors import InputError
from surrogate.spaces import Condition, FieldSpec

_TIMES = ("t", "tt")
_STATES = ("usol", "uu")


def recognise(source: Source) -> str | None:
    """Return why it is such a file, None where it is not."""
    names = None if source.magic != "mat5" else _names(source)
    return None if names is None else f"a .mat file of x, {names[0]} and {names[1]} (x, {names[0]})"


@refusing_damage
def read(path: Path, reading: Reading = AS_IT_IS) -> Foreign:
    """Return the one trajectory of a file.

    Raises:
        InputError: it is damaged, or its arrays are others.
        SettingsError: what the user says does not fit.
    """
    names = _names(read_source(path))
    if names is None:
        raise InputError(f"{path}: expected x, t or tt, and usol or uu (x, t)")
    time, state = names
    x, times = (np.asarray(mat5_array(path, name).all(), np.float64).ravel() for name in ("x", time))
    values = np.asarray(mat5_array(path, state).all())
    if values.shape != (len(x), len(times)):
        raise InputError(f"{path}: '{state}' is {values.shape}; expected ({len(x)}, {len(times)}), as x and {time} are")
    wraps = axis_of("x", x, True, str(path)).placement == "left"
    twice = reading.boundary is not None and reading.boundary[0][0] == "periodic" and not wraps
    if twice:
        x, values = x[:-1], values[:-1]
    sides: list[tuple[Condition, Condition]] | None = [("periodic", "periodic")] if wraps else None
    parts = [values.real, values.imag] if np.iscomplexobj(values) else [values]
    called = [state] if len(parts) == 1 else ["real_part", "imaginary_part"]
    published = Published(
        format="pinns",
        name=path.stem,
        notes=(
            "One reference solution, by a spectral method of high accuracy. It gives no units."
            + (" The last point was left out, as it is the first again." if twice else "")
        ),
        where=str(path),
        count=1,
        blocks=[_block(called, parts, values.shape)],
        axes={"x": x},
        boundary=sides,
        times=times,
        guesses=("periodic, as the right end is not among the points: boundary=...",) if wraps else (),
    )
    return published.read_as(reading)


def _names(source: Source) -> tuple[str, str] | None:
    names = set(source.names)
    time = next((name for name in _TIMES if name in names), None)
    state = next((name for name in _STATES if name in names), None)
    return None if time is None or state is None or "x" not in names else (time, state)


def _block(names: list[str], parts: list[NDArray[np.floating]], shape: tuple[int, ...]) -> FieldBlock:
    fields = tuple(FieldSpec(name=name, unit="1", role="state") for name in names)

    def read(rows: Rows) -> list[NDArray[np.floating]]:
        return [np.broadcast_to(part.T, (len(rows), *part.T.shape)) for part in parts]

    return FieldBlock(fields, read, SourceArray(shape, "x,t"))
