"""What the reader of a foreign format returns: what the numbers mean, and a function that reads them row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.store import Floats
from surrogate.spaces import DataSpec, Split

Rows = NDArray[np.int64]
Read = Callable[[Rows], tuple[Floats, Floats]]


class SourceArray(NamedTuple):
    """The array of a field in its source: its shape, and what its axes are, such as ``n,t,x,y``."""

    shape: tuple[int, ...]
    axes: str


@dataclass(frozen=True)
class Foreign:
    """Samples from elsewhere, read when they are wanted: a data set may be larger than the memory.

    Attributes:
        spec: what the numbers mean.
        name: of the data set.
        notes: what a reader had to know or assume, for the data card.
        count: how many samples there are.
        read: rows ``(b,)``, in any order, -> constants ``(b, c, s...)`` and states ``(b, t, c, s...)``, float32; takes
            memory for those rows alone.
        splits: rows of each split, where the source itself says which are for training; None: dealt by a seed.
        held: name of a field -> the array that holds it in the source, where that is worth showing.
        guesses: what the source does not say and was guessed, each with the key that says otherwise.
    """

    spec: DataSpec
    name: str
    notes: str
    count: int
    read: Read
    splits: Mapping[Split, Rows] | None = None
    held: Mapping[str, SourceArray] = field(default_factory=dict)
    guesses: tuple[str, ...] = ()

    def all(self) -> tuple[Floats, Floats]:
        """Return constants and states of all samples, which the caller knows to be few."""
        return self.read(np.arange(self.count))

    @classmethod
    def of(cls, spec: DataSpec, constants: Floats, states: Floats, name: str, notes: str) -> Foreign:
        """Return the samples of arrays in memory: constants ``(n, c, s...)``, states ``(n, t, c, s...)``."""
        return cls(spec, name, notes, len(states), lambda rows: (constants[rows], states[rows]))
