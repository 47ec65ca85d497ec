"""Fields of a foreign source, with the functions that read them, joined to the samples of a data set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.foreign import Read, Rows, SourceArray
from surrogate.datasets.formats._damage import damage
from surrogate.datasets.stored_array import StoredArray
from surrogate.spaces import DataSpec, FieldSpec

Role = Literal["constant", "uniform", "state"]


@dataclass(frozen=True)
class FieldBlock:
    """Fields that are read together, all constants or all states.

    Attributes:
        fields: what they are.
        read: rows ``(b,)`` -> for each field ``(b, s...)``, or ``(b,)`` of numbers, or ``(b, t, s...)`` of states.
        held: the array that holds them in the source.
    """

    fields: tuple[FieldSpec, ...]
    read: Callable[[Rows], Sequence[NDArray[Any]]]
    held: SourceArray | None = None

    @classmethod
    def of(
        cls,
        name: str,
        role: Role,
        read: Callable[[Rows], NDArray[Any]],
        held: SourceArray | None = None,
        unit: str = "1",
    ) -> FieldBlock:
        """Return the block of one field."""
        return cls((FieldSpec(name=name, unit=unit, role=role),), lambda rows: [read(rows)], held)

    @property
    def given(self) -> bool:
        """Whether the fields are constants."""
        return self.fields[0].role != "state"


def laid_out(
    array: StoredArray, axes: str, names: Sequence[str], role: Role, frames: int | None = None, unit: str = "1"
) -> FieldBlock:
    """Return the block of an array whose axes are, in this order, those of the letters ``axes``.

    Args:
        array: on disk.
        axes: ``n`` sample, ``t`` time, ``c`` channel, and ``x``, ``y``, ``z``; without ``n`` all samples share it, and
            a state without ``t`` has one frame.
        names: of the channels, or of the one field where there is no ``c``.
        role: of all.
        frames: take the first so many.
        unit: of all.
    """
    order = [axes.index(letter) for letter in "ntxyzc" if letter in axes]

    def read(rows: Rows) -> list[NDArray[Any]]:
        if "n" in axes:
            values = array.take(axes.index("n"), rows).transpose(order)
        else:
            whole = array.all().transpose(order)
            values = np.broadcast_to(whole, (len(rows), *whole.shape))
        if role == "state":
            values = values[:, :frames] if "t" in axes else values[:, None]
        return [values[..., place] for place in range(len(names))] if "c" in axes else [values]

    fields = tuple(FieldSpec(name=name, unit=unit, role=role) for name in names)
    return FieldBlock(fields, read, SourceArray(array.shape, ",".join(axes)))


def joined(spec: DataSpec, blocks: Sequence[FieldBlock], where: str) -> Read:
    """Return the function that reads rows of all blocks as constants ``(b, c, s...)`` and states ``(b, t, c, s...)``.

    A block none of whose fields ``spec`` has is not read. ``where`` is the source, for an error.
    """
    space = spec.domain.points
    places = {field.name: place for fields in (spec.constants, spec.states) for place, field in enumerate(fields)}
    needed = [block for block in blocks if any(field.name in places for field in block.fields)]

    def read(rows: Rows) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        constants = np.empty((len(rows), len(spec.constants), *space), np.float32)
        states = np.empty((len(rows), len(spec.times), len(spec.states), *space), np.float32)
        # What float32 cannot hold becomes infinite, and the converter refuses it.
        with np.errstate(over="ignore"), damage(where):
            for block in needed if len(rows) else ():
                for field, values in zip(block.fields, block.read(rows), strict=True):
                    if field.name in places:
                        into = constants[:, places[field.name]] if block.given else states[:, :, places[field.name]]
                        _put(into, field, values)
        return constants, states

    return read


def _put(into: NDArray[np.float32], field: FieldSpec, values: NDArray[Any]) -> None:
    if values.dtype.kind not in "fiub":
        raise TypeError(f"'{field.name}' holds {values.dtype}, not real numbers")
    if field.role == "uniform":  # which may be stored at every point
        values = values.reshape(len(into), -1)[:, 0].reshape(-1, *[1] * (into.ndim - 1))
    elif values.shape != into.shape:
        raise ValueError(f"'{field.name}' is {values.shape[1:]} in a sample; expected {into.shape[1:]}")
    into[...] = values
