"""What the reader of a foreign format returns."""

from __future__ import annotations

from dataclasses import dataclass

from surrogate.datasets.store import Floats
from surrogate.spaces import DataSpec


@dataclass(frozen=True)
class Foreign:
    """The content of a foreign file: constants ``(n, c, s...)``, states ``(n, t, c, s...)``, and what they mean.

    ``notes`` say what a reader had to know or assume, for the data card.
    """

    spec: DataSpec
    constants: Floats
    states: Floats
    name: str
    notes: str
