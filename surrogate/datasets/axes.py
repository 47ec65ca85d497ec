"""What the axes of arrays are: every reading that fits, and the one that is safe to guess.

A reading gives each array its axes as letters: ``n`` sample, ``t`` time, ``c`` channel, ``x``, ``y``, ``z`` space. All
arrays of a source share samples, times and space; a constant has no time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from surrogate.datasets.reading_settings import Reading
from surrogate.errors import InputError, SettingsError

SPACE = "xyz"
_SHOWN = 4

Shapes = Mapping[str, tuple[int, ...]]
Assigned = dict[str, str]


@dataclass(frozen=True)
class FieldShapes:
    """What is known of the arrays before their axes are.

    Attributes:
        inputs: shapes of what is given.
        outputs: shapes of what is to be found.
        points: number of the coordinates that the source has along an axis.
        timed: whether the user says that there are times.
        dimensions: how many space axes there are; None: as the coordinates have, or any.
    """

    inputs: Shapes
    outputs: Shapes
    points: Mapping[str, int] = field(default_factory=dict)
    timed: bool = False
    dimensions: int | None = None

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of all of them."""
        return {**self.inputs, **self.outputs}


def axes_as_given(known: FieldShapes, reading: Reading) -> Assigned:
    """Return the axes of every array as the user says them.

    Raises:
        SettingsError: they do not fit the arrays, or these do not fit each other.
    """
    assigned: Assigned = {}
    for name, shape in known.shapes.items():
        last = name.rpartition("/")[2]
        letters = reading.axes.get(name, reading.axes.get(last)) if isinstance(reading.axes, dict) else reading.axes
        if letters is None:
            raise SettingsError(f"axes: says nothing of '{name}' {shape}; give all of {', '.join(known.shapes)}")
        axes = "".join(letters)
        if len(shape) == 1 and len(axes) > 1 and "n" in axes:
            axes = "n"
        # Of an input time is missing, of an output channels.
        for letter in ("tc" if name in known.inputs else "ct") if not isinstance(reading.axes, dict) else "":
            if len(axes) > len(shape):
                axes = axes.replace(letter, "")
        if len(axes) != len(shape):
            raise SettingsError(f"axes: {','.join(letters)} are {len(letters)}; '{name}' has {len(shape)}, {shape}")
        assigned[name] = axes
    space = {letter for axes in assigned.values() for letter in axes if letter in SPACE}
    if space != set(SPACE[: len(space)]) or not space:
        wanted = ",".join(SPACE[: max(1, len(space))])
        raise SettingsError(f"axes: has {','.join(sorted(space)) or 'none'} for space; expected {wanted}")
    sizes: dict[str, tuple[int, str]] = {}
    for name, axes in assigned.items():
        for letter, size in zip(axes, known.shapes[name], strict=True):
            before, other = sizes.setdefault(letter, (size, name))
            if letter != "c" and before != size:
                both = f"'{other}' has {before} and '{name}' {size}"
                raise SettingsError(f"axes: along {letter} {both}; expected as many")
    for letter, count in known.points.items():
        if letter in sizes and sizes[letter][0] != count:
            had = f"'{sizes[letter][1]}' has {sizes[letter][0]}"
            raise SettingsError(f"axes: there are {count} coordinates along {letter}, and {had}")
    return assigned


def axes_guessed(known: FieldShapes, place: str) -> tuple[Assigned, bool]:
    """Return the axes of every array, and whether they were guessed rather than given by coordinates.

    Raises:
        InputError: no reading fits, or several do: the message names the key that decides.
    """
    readings = [each for dimensions in _dimensions(known) for each in _readings(known, dimensions)]
    if not readings:
        arrays = ", ".join(f"{name} {shape}" for name, shape in known.shapes.items())
        hint = f" on coordinates {', '.join(f'{a} ({n})' for a, n in known.points.items())}" if known.points else ""
        raise InputError(f"{place}: {arrays} do not fit each other{hint}; say what is what by inputs, outputs and axes")
    least = min(cost for cost, _ in readings)
    best = list({tuple(axes.items()): axes for cost, axes in readings if cost == least}.values())
    # On a square the first axis is x, unless other lengths say otherwise.
    best = [axes for axes in best if not _turned(axes)] or best
    first = [axes for axes in best if not _last(axes)]
    if first and len(first) < len(best) and not _last_may_be_meant(known, first[0]):
        best = first
    if len(best) > 1:
        raise InputError(f"{place}: {_undecided(known, best)}")
    (only,) = best
    return only, not set("".join(only.values())) <= {"n", *known.points}


def _turned(axes: Assigned) -> bool:
    space = ["".join(letter for letter in held if letter in SPACE) for held in axes.values()]
    return any(list(held) != sorted(held) for held in space)


def _last(axes: Assigned) -> bool:
    return any(len(held) > 1 and held.endswith("n") for held in axes.values())


def _last_may_be_meant(known: FieldShapes, first: Assigned) -> bool:
    """Return whether the last axis looks as much like that of the samples as the first does."""
    shapes = [known.shapes[name] for name, axes in first.items() if len(axes) > 1]
    shape = min(shapes, key=len)
    *others, last = shape
    if shape[0] == last:
        return True
    return len(shape) > 2 and (len(set(others)) == 1 or last >= 2 * max(others))


def _undecided(known: FieldShapes, readings: Sequence[Assigned]) -> str:
    """Return the line for several readings: the first array that they read differently, and the words that decide."""
    name = next(name for name in known.shapes if len({axes[name] for axes in readings}) > 1)
    widest = max(known.shapes, key=lambda held: len(known.shapes[held]))
    options = sorted({f"axes={','.join(axes[widest])}" for axes in readings})
    if len(options) < 2:
        texts = {", ".join(f"{key}: {held}" for key, held in axes.items()) for axes in readings}
        options = [f"'axes={{{text}}}'" for text in sorted(texts)]
    rest = f" or {len(options) - _SHOWN} more" if len(options) > _SHOWN else ""
    return (
        f"{name} {known.shapes[name]} can be read in {len(readings)} ways; give {' or '.join(options[:_SHOWN])}{rest}"
    )


def _dimensions(known: FieldShapes) -> tuple[int, ...]:
    """Return how many space axes there may be."""
    if known.dimensions is not None:
        return (known.dimensions,)
    axes = [letter for letter in known.points if letter in SPACE]
    return (max(SPACE.index(letter) for letter in axes) + 1,) if axes else (1, 2, 3)


def _readings(known: FieldShapes, dimensions: int) -> Iterator[tuple[int, Assigned]]:
    """Give every reading in so many space dimensions that fits, with its cost."""
    timed = known.timed or "t" in known.points
    # Nothing but the change in time can be learned of outputs alone; and no input pins the space of the outputs.
    free = not any(len(shape) > 1 for shape in known.inputs.values())
    names = sorted(known.shapes, key=lambda name: -len(known.shapes[name]))
    for samples in ("first", "last", "none"):
        orders = [SPACE[:dimensions]]
        if dimensions > 1 and set(orders[0]) <= set(known.points):
            orders.append(orders[0][::-1])
        options = [list(_templates(len(known.shapes[name]), orders, samples, name in known.inputs)) for name in names]
        for chosen in product(*options):
            axes = dict(zip(names, chosen, strict=True))
            sizes = _sizes(known, axes)
            if sizes is None:
                continue
            has_time = any("t" in axes[name] for name in known.outputs)
            if has_time and any("t" not in axes[name] for name in known.outputs):
                continue
            if known.outputs and (timed or not known.inputs) and not has_time:
                continue
            if samples == "none" and not set("".join(chosen)) <= set(known.points):
                continue
            channels = sum("c" in held and known.shapes[name][held.index("c")] > 1 for name, held in axes.items())
            if channels and samples == "last":
                continue
            unsure = (has_time and not (timed or free)) or sizes.get("t") == 1
            yield int(unsure) + channels, {name: axes[name] for name in known.shapes}


def _sizes(known: FieldShapes, axes: Assigned) -> dict[str, int] | None:
    """Return the length of every axis but channels; None where arrays or coordinates do not agree."""
    sizes = {letter: count for letter, count in known.points.items() if letter != "n"}
    for name, held in axes.items():
        for letter, size in zip(held, known.shapes[name], strict=True):
            if letter != "c" and sizes.setdefault(letter, size) != size:
                return None
    return None if any(sizes.get(letter, 2) < 2 for letter in SPACE) else sizes


def _templates(axes: int, orders: Sequence[str], samples: str, given: bool) -> Iterator[str]:
    """Give the orders in which so many axes of an array may lie, its space axes in one of ``orders``."""
    inner = [form.replace("s", order) for order in orders for form in _forms(given)]
    if given:
        inner += ["", "c"]  # one number, or several, for each sample
    for held in inner:
        whole = {"first": f"n{held}", "last": f"{held}n", "none": held}[samples]
        if len(whole) == axes and whole:
            yield whole


def _forms(given: bool) -> tuple[str, ...]:
    constant = ("s", "cs", "sc")
    return constant if given else (*constant, "ts", "st", "tcs", "tsc", "cts", "cst", "stc", "sct")
