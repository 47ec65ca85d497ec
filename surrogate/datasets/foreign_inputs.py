"""Inputs of a prediction from the files that others keep theirs in, read as foreign data are.

Shapes: n samples, c channels, s... space.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from surrogate.datasets.axes import FieldShapes, axes_as_given, axes_guessed
from surrogate.datasets.formats.arrays import field_names, ordered
from surrogate.datasets.reading_settings import Reading
from surrogate.datasets.recognition import PLAIN, recognised
from surrogate.datasets.roles import named
from surrogate.datasets.source import read_source
from surrogate.datasets.source_arrays import SourceArrays, arrays_in
from surrogate.datasets.store import Floats
from surrogate.datasets.windows import pairs
from surrogate.errors import InputError
from surrogate.memory_limits import require
from surrogate.spaces import Problem


def read_inputs(path: Path, problem: Problem, format: str | None, reading: Reading) -> Floats:
    """Return the inputs ``(n, c, s...)`` of ``problem`` in a file or folder.

    Arrays that are called as the fields are taken by their names, one array alone without; of a file in a published
    format, what goes into a single application of the problem.

    Raises:
        InputError: it holds no such arrays, or they can be read in several ways.
        SettingsError: what the user says does not fit, or there is no memory for them.
    """
    held = arrays_in(read_source(path))
    names = _names(held, problem, reading) if format in (None, PLAIN) else ()
    if names:
        return _stacked(held, names, problem, reading)
    foreign = recognised(path, format, reading).foreign
    fields = [field.name for field in problem.channels]
    holds = [field.name for field in foreign.spec.fields]
    if [field.name for field in foreign.spec.problem(problem.task).channels] != fields:
        takes = f"the run takes {', '.join(fields)}"
        raise InputError(f"{path}: holds {', '.join(holds)}; {takes}; inputs= names the arrays")
    space = int(np.prod(foreign.spec.domain.points))
    require(12 * foreign.count * space * len(fields) * len(foreign.spec.times), str(path), "give it in parts")
    return pairs(foreign.spec, problem.task, *foreign.all())[0]


def _names(held: SourceArrays, problem: Problem, reading: Reading) -> tuple[str, ...]:
    """Return the arrays to be joined, in the order of the channels; none where nothing says which."""
    if reading.inputs is not None:
        return named("inputs", reading.inputs, held)
    called = {field: name for name, member in held.plain.items() for field in field_names(name, 1)}
    wanted = [field.name for field in problem.channels]
    if all(name in called for name in wanted):
        return tuple(called[name] for name in wanted)
    return tuple(held.plain) if len(held.plain) == 1 and not held.others else ()


def _stacked(held: SourceArrays, names: tuple[str, ...], problem: Problem, reading: Reading) -> Floats:
    shapes = {name: held.plain[name].shape for name in names}
    dimensions = len(problem.domain.points)
    known = FieldShapes(shapes, {}, dimensions=dimensions)
    place = str(held.source.path)
    axes = axes_guessed(known, place)[0] if reading.axes is None else axes_as_given(known, reading)
    space = "xyz"[:dimensions]
    counts = {shapes[name][axes[name].index("n")] for name in names if "n" in axes[name]} or {1}
    points = next((shapes[name] for name in names if set(space) <= set(axes[name])), None)
    if len(counts) > 1 or points is None:
        raise InputError(f"{place}: {', '.join(f'{name} {shapes[name]}' for name in names)} do not fit each other")
    rows = np.arange(counts.pop())
    require(12 * sum(int(np.prod(shape, dtype=float)) for shape in shapes.values()), place, "give it in parts")
    fields = [ordered(held.open(name), axes[name], rows, f"nc{space}", ()) for name in names]
    whole = next(field.shape[2:] for field in fields if field.shape[2:] != (1,) * dimensions)
    return np.concatenate([np.broadcast_to(field, (len(rows), field.shape[1], *whole)) for field in fields], axis=1)
