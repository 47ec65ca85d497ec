"""What should not change in time, what must not grow, and bounds that must not be passed: ``(n, t)`` to ``(n,)``."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def drift(quantity: Tensor, scale: Tensor) -> Tensor:
    """Return how far ``quantity``, ``(n, t)``, moves from its first value, relative to ``scale``, ``(n,)``."""
    return (quantity - quantity[:, :1]).abs().amax(1) / scale


def growth(energy: Tensor, scale: Tensor) -> Tensor:
    """Return the largest growth of ``energy``, ``(n, t)``, from frame to frame, relative to ``scale``, ``(n,)``."""
    return energy.diff(dim=1).amax(1).clamp(min=0) / scale


def span(energy: Tensor) -> Tensor:
    """Return the range of ``energy``, ``(n, t)``, and a tiny number where it is none, ``(n,)``."""
    return (energy.amax(1) - energy.amin(1)).clamp(min=torch.finfo(energy.dtype).tiny)


def excess(states: Tensor, bound: float) -> Tensor:
    """Return by how much ``states``, ``(n, t, ...)``, exceed ``bound`` or, if that is larger, their start, ``(n,)``."""
    size = states.flatten(2).abs().amax(2)
    limit = size[:, 0].clamp(min=bound)
    return (size.amax(1) - limit).clamp(min=0) / limit


def outside(states: Tensor, low: float, high: float) -> Tensor:
    """Return by how much ``states``, ``(n, t, ...)``, leave the range of ``low``, ``high`` and the start, ``(n,)``."""
    flat = states.flatten(2)
    bottom = flat[:, 0].amin(1).clamp(max=low)
    top = flat[:, 0].amax(1).clamp(min=high)
    beyond = torch.maximum(bottom - flat.amin((1, 2)), flat.amax((1, 2)) - top)
    return beyond.clamp(min=0) / (top - bottom)


def centre_of_ball(volume: float, dimensions: int) -> float:
    """Return ``u`` in the centre of a ball of that volume where ``-Laplace u = 1`` and ``u = 0`` on its surface.

    No body of this volume reaches more (Talenti 1976, Elliptic equations and rearrangements).
    """
    radius = (volume * math.gamma(dimensions / 2 + 1)) ** (1 / dimensions) / math.sqrt(math.pi)
    return radius**2 / (2 * dimensions)
