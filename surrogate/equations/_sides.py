"""Values on the four sides of a square as fields on its cells, and laws that draw them.

The order is west, east (x low, high), south, north (y low, high). A value along a side is stored as a field that is
constant along the normal of that side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from surrogate import registry
from surrogate.equations._equation import Array, drawn
from surrogate.errors import SettingsError
from surrogate.samplers import gaussian
from surrogate.solvers.elliptic import Values
from surrogate.spaces import SIDE_NAMES, Grid, Split

SIDES = (*SIDE_NAMES[0], *SIDE_NAMES[1])
# Samples are counted below this; the indices above it are streams for the further fields of a sample.
_FIELDS_APART = 1 << 48


def draw_field(
    law: registry.Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int], number: int
) -> Array:
    """Return field ``number`` of the samples ``indices``, ``(n, x, y)``; those of different numbers are independent."""
    return drawn(law, grid, seed, split, [index + number * _FIELDS_APART for index in indices])


def along_normal(value: Array, side: int, points: tuple[int, ...]) -> Array:
    """Return a value along a side, ``(n, p)``, as a field on all cells, ``(n, x, y)``."""
    return np.broadcast_to(value[:, None, :] if side < 2 else value[:, :, None], (len(value), *points))


def side_value(field: Tensor, side: int) -> Tensor:
    """Return the value along a side, ``(b, p)``, that a field ``(b, x, y)`` holds."""
    return field[:, 0, :] if side < 2 else field[:, :, 0]


def repeated(values: Values, refine: int) -> Values:
    """Return values along the sides on cells ``refine`` times smaller."""
    west, east, south, north = (value.repeat_interleave(refine, dim=1) for value in values)
    return west, east, south, north


def read_law(node: Any) -> Any:
    """Return settings of a sampler, or the number that stands in its place."""
    if isinstance(node, int | float) and not isinstance(node, bool):
        return float(node)
    return registry.SAMPLERS.read(node)


def require_cosines(key: str, law: registry.Settings | float) -> None:
    """Refuse a law whose samples are no cosine series.

    Raises:
        SettingsError: it is not gaussian with boundary neumann.
    """
    if isinstance(law, registry.Settings) and not (isinstance(law, gaussian.Settings) and law.boundary == "neumann"):
        raise SettingsError(f"equation.{key}: expected a number, or the sampler gaussian with boundary neumann")
