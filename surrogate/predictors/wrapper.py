"""What may surround a neural operator: maps around maps, in physical units from the outermost on.

They nest in one order, ``RangeChecked(Added(Vanishing(Resampled(Normalised(operator)))))``, of which the middle three
are there where the settings ask for them.

Shapes: b batch, c channels, k points asked for, d axes, s... space.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from torch import Tensor

from surrogate.capabilities import Capabilities


class Wrapper(Protocol):
    """A map of fields, by another one within it."""

    @property
    def inner(self) -> Wrapper | None:
        """The map within it; None of the innermost, which holds the operator."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    def __call__(self, fields: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to what the map around it takes of it, (b, c_out, s...)."""
        ...

    def at(self, fields: Tensor, points: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to (b, c_out, k) at ``points`` (k, d).

        Raises:
            ValueError: it is defined on the grid alone.
        """
        ...

    def inner_target(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """Return what the map within has to give so that this one gives ``outputs``, for the same inputs."""
        ...


def nested(outermost: Wrapper) -> Iterator[Wrapper]:
    """Yield a map and all within it, from outside in."""
    one: Wrapper | None = outermost
    while one is not None:
        yield one
        one = one.inner
