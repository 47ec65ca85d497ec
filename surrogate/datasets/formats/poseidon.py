"""The ``.nc`` files of Poseidon: HDF5 with ``velocity``, ``solution``, ``data`` or ``source``, and no coordinates.

``velocity`` and ``data`` are ``(n, t, c, x, y)``, as ``solution`` is, or ``(n, t, x, y)`` or ``(n, x, y)`` where it is
of one field; ``c`` ``(n, x, y)`` is a speed of waves, ``source`` ``(n, x, y)`` what goes in. Frames are a twentieth
apart. Which trajectories are for training no file says: the publisher validates and tests on the last ones.

Source: https://github.com/camlab-ethz/poseidon, scOT/problems (Apache-2.0).
"""

from __future__ import annotations

import re
from pathlib import Path

from surrogate.datasets.foreign import Foreign
from surrogate.datasets.formats._axes import PlacedAxis
from surrogate.datasets.formats._blocks import FieldBlock, Role, laid_out
from surrogate.datasets.formats._damage import refusing_damage
from surrogate.datasets.formats._published import Published
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.source import Source, read_source
from surrogate.datasets.stored_array import hdf5_array
from surrogate.errors import InputError
from surrogate.spaces import Condition

_NAME = re.compile(r"^(NS|FNS|CE|GCE|ACE|Wave|Poisson|SE|FWI|CNS)\b", re.IGNORECASE)
_STATES = ("velocity", "solution", "data")
_GIVEN = {"source": "source", "c": "speed"}
_CHANNELS = {
    "velocity": ("velocity_x", "velocity_y", "tracer"),
    "data": ("density", "velocity_x", "velocity_y", "pressure", "energy"),
}
_FRAMES_PER_UNIT = 20


def recognise(source: Source) -> str | None:
    """Return why it is of Poseidon, None where it is not."""
    names = set(source.names)
    held = [name for name in _STATES if name in names]
    known = len(held) == 1 and names <= {*held, *_GIVEN} and _NAME.match(source.path.name)
    if not known or source.magic != "hdf5" or source.suffix != ".nc":
        return None
    return f"an .nc file named {source.path.name} with {', '.join(sorted(names))} and no coordinates"


@refusing_damage
def read(path: Path, reading: Reading = AS_IT_IS) -> Foreign:
    """Return the samples of a file; values are read as they are asked for.

    Raises:
        InputError: it is damaged, or its arrays are others.
        SettingsError: what the user says does not fit.
    """
    source = read_source(path)
    name = next((name for name in _STATES if name in source.names), None)
    if name is None:
        raise InputError(f"{path}: holds {', '.join(source.names[:8]) or 'no arrays'}; expected one of {_STATES}")
    state = hdf5_array(path, name)
    letters = {5: "ntcxy", 4: "ntxy", 3: "nxy"}.get(len(state.shape))
    if letters is None:
        raise InputError(f"{path}: '{name}' is {state.shape}; expected (n, t, c, x, y), (n, t, x, y) or (n, x, y)")
    points = state.shape[-2:]
    given = [key for key in _GIVEN if key in source.names]
    blocks = [_given(path, key, (state.shape[0], *points)) for key in given]
    names = _names(name, state.shape[2] if "c" in letters else 1)
    frames = state.shape[1] if "t" in letters else 1
    steady = frames == 1
    sides: tuple[Condition, Condition] = ("dirichlet", "dirichlet") if steady else ("periodic", "periodic")
    transposed = path.name.upper().startswith("NS-SL")
    if transposed:
        letters = letters.replace("xy", "yx")
    published = Published(
        format="poseidon",
        name=path.stem,
        notes=(
            "A file of Poseidon. It gives no coordinates, times, units or splits: frames are 1/20 apart on the unit"
            f" square{', its space axes are exchanged' if transposed else ''}; the publisher validates and tests on the"
            " last trajectories."
        ),
        where=str(path),
        count=state.shape[0],
        blocks=[*blocks, laid_out(state, letters, names, "state")],
        axes={axis: PlacedAxis(count, 1.0, "left", 0.0) for axis, count in zip("xy", points, strict=True)},
        boundary=[sides] * 2,
        times=[frame / _FRAMES_PER_UNIT for frame in range(frames)],
        guesses=(f"{sides[0]} at every side, as the publisher has it: boundary=...",),
    )
    return published.read_as(reading)


def _given(path: Path, key: str, shape: tuple[int, ...]) -> FieldBlock:
    array = hdf5_array(path, key)
    role: Role = "constant"
    if array.shape != shape:
        raise InputError(f"{path}: '{key}' is {array.shape}; expected {shape}")
    return laid_out(array, "nxy", (_GIVEN[key],), role)


def _names(name: str, channels: int) -> tuple[str, ...]:
    if channels == 1 and name not in _CHANNELS:
        return (name,)
    known = _CHANNELS.get(name, ())
    return tuple(known[place] if place < len(known) else f"{name}_{place}" for place in range(channels))
