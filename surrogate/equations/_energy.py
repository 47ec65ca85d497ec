"""Free energies that must not grow, and bounds that must not be passed."""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.equations._boxes import continued, spectral_grid
from surrogate.solvers.reacting_fields import laplacian_symbol
from surrogate.spaces import DataSpec


def laplacian_of(states: Tensor, specification: DataSpec) -> Tensor:
    """Return the Laplacian of ``states``, ``(..., s...)``, by their series on the box."""
    grid = spectral_grid(specification)
    axes = tuple(range(-len(grid.points), 0))
    symbol = laplacian_symbol(grid.points, grid.lengths).to(states)
    wide = continued(states, specification, specification.boundary.sides[0][0] == "dirichlet")
    found = torch.fft.irfftn(symbol * torch.fft.rfftn(wide, dim=axes), s=grid.points, dim=axes)
    return found[(..., *[slice(n) for n in specification.grid.points])]


def growth(energy: Tensor) -> Tensor:
    """Return the largest growth of ``energy``, ``(n, t)``, from frame to frame, relative to its range, ``(n,)``."""
    scale = (energy.amax(1) - energy.amin(1)).clamp(min=torch.finfo(energy.dtype).tiny)
    return (energy[:, 1:] - energy[:, :-1]).amax(1).clamp(min=0) / scale


def excess(states: Tensor, bound: float) -> Tensor:
    """Return by how much ``states``, ``(n, t, ...)``, exceed ``bound`` or, if that is larger, their start, ``(n,)``."""
    size = states.flatten(2).abs().amax(2)
    limit = size[:, 0].clamp(min=bound)
    return (size.amax(1) - limit).clamp(min=0) / limit


def drift(quantity: Tensor, scale: Tensor) -> Tensor:
    """Return how far ``quantity``, ``(n, t)``, moves from its first value, relative to ``scale``, ``(n,)``."""
    return (quantity - quantity[:, :1]).abs().amax(1) / scale
