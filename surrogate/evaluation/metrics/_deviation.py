"""Moments of fields over their points, channel by channel: of fields (b, c, s...) and weights (b or 1, s...)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from surrogate.norms import mean


def deviation(field: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the root mean square over the points, ``(b, c)``."""
    return mean(field.square(), weights).sqrt()


def centred(fields: Tensor, weights: Tensor | None) -> Tensor:
    """Return the fields without their means over the points."""
    return fields - mean(fields, weights).reshape(*fields.shape[:2], *[1] * (fields.ndim - 2))


def varied(fields: Tensor, weights: Tensor | None) -> Tensor:
    """Return where fields are not the same at all points, (b, c): a rounded mean would give them a spread."""
    flat = fields.flatten(2)
    if weights is None:
        return flat.amax(2) > flat.amin(2)
    counts = weights.flatten(1)[:, None] > 0
    return torch.where(counts, flat, -math.inf).amax(2) > torch.where(counts, flat, math.inf).amin(2)
