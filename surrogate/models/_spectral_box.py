"""What models of spectral layers share: how many modes an axis keeps, and how a box without period is extended.

Shape letters: b batch, s... space, h channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import torch
import torch.nn.functional as F
from torch import Tensor

from surrogate.errors import SettingsError
from surrogate.spaces import Boundary, Grid, Placement, axis_spacing

# A fraction of a box is one of whole numbers up to here.
_FINEST = 64


def modes_along(n_modes: int | tuple[int, ...] | None, grid: Grid, free: Sequence[int]) -> tuple[int, ...]:
    """Return the frequencies kept per side and axis: ``n_modes``, or as many of ``free`` as the grid holds.

    Raises:
        SettingsError: a list of another length than the grid has axes, or more modes than the grid holds.
    """
    dimensions = len(grid.points)
    largest = tuple((n + 1) // 2 for n in grid.points)
    if n_modes is None:
        return tuple(min(most, number) for most, number in zip(largest, free, strict=True))
    modes = (n_modes,) * dimensions if isinstance(n_modes, int) else n_modes
    if len(modes) != dimensions:
        raise SettingsError(f"model.n_modes: got {len(modes)} numbers, expected {dimensions}, one per axis of the data")
    if any(m > most for m, most in zip(modes, largest, strict=True)):
        raise SettingsError(f"model.n_modes: {modes} is more than {grid.points} points can hold, at most {largest}")
    return modes


def extension(points: Sequence[int], grid: Grid, boundary: Boundary, fraction: float) -> tuple[int, ...]:
    """Return the points to add to ``points`` along each axis of a grid's box that is not periodic.

    Its period becomes 1 + ``fraction`` times its length.
    """

    def added(n: int, length: float, where: Placement) -> int:
        if isinstance(n, torch.SymInt):
            # In a graph for any grid the cells are a multiple of dynamic_cells.
            exact = Fraction(fraction).limit_denominator(_FINEST)
            ends = int(where == "nodes")
            return (n - ends) * exact.numerator // exact.denominator - ends
        return max(0, round(length * (1 + fraction) / axis_spacing(n, length, where)) - n)

    axes = zip(points, grid.lengths, grid.placement, boundary.periodic, strict=True)
    return tuple(0 if periodic or fraction == 0 else added(n, length, where) for n, length, where, periodic in axes)


def dynamic_cells(boundary: Boundary, fraction: float) -> tuple[int, ...]:
    """Return for each axis the number of whose multiples of cells ``fraction`` is a whole number of cells."""
    denominator = Fraction(fraction).limit_denominator(_FINEST).denominator
    return tuple(1 if periodic else denominator for periodic in boundary.periodic)


def extended(field: Tensor, extra: Sequence[int]) -> Tensor:
    """Return the field (b, s..., h) with ``extra`` zeros at the far end of each axis."""
    # F.pad counts axes from the last one back: no channels, then the far end of each axis.
    return F.pad(field, (0, 0, *(width for n in reversed(extra) for width in (0, n))))


def cropped(field: Tensor, space: Sequence[int]) -> Tensor:
    """Return the first ``space`` points along each axis of a field (b, s..., h)."""
    for axis, n in enumerate(space, start=1):
        field = field.narrow(axis, 0, n)
    return field
