"""Moments of fields over their points, channel by channel: of fields (b, c, s...), each (b, c)."""

from __future__ import annotations

from torch import Tensor


def deviation(field: Tensor) -> Tensor:
    """Return the root mean square over the points, ``(b, c)``."""
    return field.flatten(2).square().mean(2).sqrt()


def varied(fields: Tensor) -> Tensor:
    """Return where fields (b, c, n) are not the same at all points, (b, c): a rounded mean would give them a spread."""
    return fields.amax(2) > fields.amin(2)
