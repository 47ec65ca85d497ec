"""The Poisson equation in a box, ``u = 0`` on its walls, by its sine series: exact for forcings constant on cells."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor


def poisson_of_cells(forcing: Tensor, lengths: tuple[float, ...], waves: int) -> Tensor:
    """Return the means over the cells of the solution of ``-Laplace u = f``, shape ``(b, s...)``.

    On a grid of cells the sines of the centres are eigenvectors of the map from ``f``, constant on cells, to the means
    of ``u``: an eigenvalue sums the responses of all waves that look the same on the grid.

    Args:
        forcing: ``f`` in the cells, ``(b, s...)``, float64.
        lengths: of the box.
        waves: along an axis, as a multiple of its cells; twice as many leave less than a quarter of the error.
    """
    response = responses(tuple(forcing.shape[1:]), lengths, waves).to(forcing.device)
    # One by one: the last bits of a product of matrices depend on how many there are.
    return torch.cat([_sines(_sines(f[None]) * response, back=True) for f in forcing])


def series_error(forcing: Tensor, lengths: tuple[float, ...], waves: int) -> Tensor:
    """Return how far the series with half the ``waves`` is from that with all, ``(b,)``, relative, in the L2 norm."""
    whole, half = (
        responses(tuple(forcing.shape[1:]), lengths, count).to(forcing.device) for count in (waves, waves // 2)
    )
    amplitudes = torch.cat([_sines(f[None]) for f in forcing])
    return _relative(amplitudes * (whole - half), amplitudes * whole, torch.ones_like(whole))


def series_residual(forcing: Tensor, field: Tensor, lengths: tuple[float, ...], waves: int) -> Tensor:
    """Return how far ``field`` is from the means that ``forcing`` causes, ``(b,)``, relative, in the H^-1 norm.

    Differentiable in both; the arguments are those of :func:`poisson_of_cells`.
    """
    response = responses(tuple(forcing.shape[1:]), lengths, waves).to(forcing.device)
    amplitudes = _sines(forcing)
    return _relative(amplitudes - _sines(field) / response, amplitudes, response)


@lru_cache(maxsize=8)
def responses(points: tuple[int, ...], lengths: tuple[float, ...], waves: int) -> Tensor:
    """Return the eigenvalues of the map from cells to means, ``(s...)``: mean over cells of ``u`` per wave of ``f``."""
    total = np.zeros((1,) * len(points))
    folds = []
    for axis, (n, length) in enumerate(zip(points, lengths, strict=True)):
        k = np.arange(1, waves * n + 1)
        alias = np.minimum(k % (2 * n), -k % (2 * n))  # the wave that k looks like; none where it is zero
        # The mean of a wave over a cell, twice: of the forcing and of the solution. Of the shortest wave all cells
        # stand at its crests, so that it counts twice.
        weight = np.sinc(k / (2 * n)) ** 2 * np.where(alias == n, 2.0, 1.0)
        folds.append((alias == np.arange(1, n + 1)[:, None]) * weight)
        total = total + ((np.pi * k / length) ** 2).reshape(-1, *[1] * (len(points) - 1 - axis))
    response = 1 / total
    for axis, fold in enumerate(folds):
        response = np.moveaxis(np.tensordot(fold, response, (1, axis)), 0, axis)
    return torch.from_numpy(np.ascontiguousarray(response))


def _sines(field: Tensor, back: bool = False) -> Tensor:
    """Return the amplitudes of the orthonormal sines of ``(b, s...)`` values in cells, or the values of amplitudes."""
    for axis in range(1, field.ndim):
        n = field.shape[axis]
        k = torch.arange(1, n + 1, dtype=field.dtype, device=field.device)
        vectors = torch.sin(torch.pi * k[:, None] * (k - 0.5) / n)
        vectors = vectors / vectors.norm(dim=1, keepdim=True)
        field = (field.movedim(axis, -1) @ (vectors if back else vectors.T)).movedim(-1, axis)
    return field


def _relative(wrong: Tensor, right: Tensor, weight: Tensor) -> Tensor:
    sizes = [(part.square() * weight).flatten(1).sum(1) for part in (wrong, right)]
    return torch.sqrt(sizes[0] / torch.where(sizes[1] > 0, sizes[1], 1.0))
