"""Fields that are constant on their cells, on smaller cells, and their means over larger ones."""

from __future__ import annotations

from torch import Tensor


def spread(fields: Tensor, refine: int, dimensions: int) -> Tensor:
    """Return ``(..., s...)``, constant on their cells, on cells ``refine`` times smaller along the last axes."""
    for axis in range(fields.ndim - dimensions, fields.ndim):
        fields = fields.repeat_interleave(refine, dim=axis) if refine > 1 else fields
    return fields


def average(fine: Tensor, refine: int) -> Tensor:
    """Return the means of ``(b, s...)`` values over cells ``refine`` times larger along each axis."""
    parts = [part for n in fine.shape[1:] for part in (n // refine, refine)]
    return fine.reshape(-1, *parts).mean(tuple(range(2, len(parts) + 1, 2)))


def averaged(fields: Tensor, refine: int, dimensions: int) -> Tensor:
    """Return means over cells ``refine`` times larger along the last ``dimensions`` axes, one axis after the other.

    Slices are added one by one: how a library groups the terms of a sum may depend on how many samples there are.
    """
    for axis in range(fields.ndim - dimensions, fields.ndim):
        parts = [fields[(slice(None),) * axis + (slice(k, None, refine),)] for k in range(refine)]
        fields = sum(parts[1:], parts[0]) / refine
    return fields
