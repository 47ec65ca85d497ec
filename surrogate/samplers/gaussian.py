"""Gaussian random fields ``N(0, sigma^2 (-Laplace + tau^2)^-alpha)``, by their Karhunen-Loeve series."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from pydantic import Field

from surrogate.errors import SettingsError
from surrogate.samplers._random_field import RandomField
from surrogate.samplers._streams import stream
from surrogate.spaces import Grid, Placement, Split

Positive = Annotated[float, Field(gt=0)]


class Settings(RandomField):
    """The covariance ``sigma^2 (-Laplace + tau^2)^-alpha`` and the boundary condition of its Laplacian."""

    boundary: Literal["neumann", "periodic", "dirichlet"]
    sigma: Positive
    alpha: Positive
    tau: Positive


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return the samples ``indices`` on the points of ``grid``, shape ``(len(indices), *points)``.

    The series is ``sum_k sqrt(lambda_k) xi_k phi_k`` with ``lambda_k = sigma^2 (mu_k + tau^2)^-alpha``, ``phi_k``
    orthonormal in L2 of the box and ``xi_k`` independent standard normal numbers, over all ``k`` the grid resolves,
    but for a constant (``k = 0``) and for the Nyquist waves, whose sines a grid cannot see:

    * ``neumann``, on cells: ``phi_k`` products of cosines, ``mu_k = sum (pi k_i / L_i)^2``, ``0 <= k_i < n_i``;
    * ``periodic``, on left ends: ``phi_k(x) = cos(2 pi k.x/L) + sin(2 pi k.x/L)``, ``mu_k = sum (2 pi k_i / L_i)^2``,
      ``2 |k_i| < n_i``. These span the cosines and sines of ``k`` and are as orthonormal, with one real number each;
    * ``dirichlet``, on nodes or cells: ``phi_k`` products of sines, ``mu_k = sum (pi k_i / L_i)^2``, ``1 <= k_i`` up to
      the last inner node, ``k_i < n_i`` on cells. They vanish on the boundary, and a mean they may have.

    The numbers ``xi_k`` are drawn in the order of ``max |k_i|``, so a sample on a finer grid is the same function
    plus higher waves.

    Raises:
        SettingsError: the placement of the grid is not that of the basis.

    Source: Lord, Powell, Shardlow (2014), An Introduction to Computational Stochastic PDEs, section 7.4.
    """
    placement = _placement(settings, grid)
    signed, sines = settings.boundary == "periodic", settings.boundary == "dirichlet"
    most = {"cells": 1, "nodes": 2, "left": 1}[placement]
    highest = [(n - 1) // 2 if signed else n - most for n in grid.points]
    size = max(highest)
    order = _shells(size - sines, len(highest), signed)
    axes = [np.arange(-m if signed else int(sines), m + 1) for m in highest]
    waves = np.meshgrid(*axes, indexing="ij")
    unit = 2 * np.pi if signed else np.pi
    eigenvalue = sum((unit * k / length) ** 2 for k, length in zip(waves, grid.lengths, strict=True))
    deviation = settings.sigma * (eigenvalue + settings.tau**2) ** (-settings.alpha / 2)
    if not sines:
        deviation[tuple(m if signed else 0 for m in highest)] = 0.0
    kept = tuple(slice(size - m, size + m + 1) if signed else slice(m + 1 - sines) for m in highest)
    side = 2 * size + 1 if signed else size + 1 - sines
    fields = np.empty((len(indices), *grid.points))
    for row, index in enumerate(indices):
        noise = np.empty(side ** len(highest))
        noise[order] = stream(seed, split, index).standard_normal(len(noise))
        amplitudes = np.multiply(deviation, noise.reshape((side,) * len(highest))[kept], dtype=np.float64)
        if sines:
            fields[row] = _sines(amplitudes, placement)
        else:
            fields[row] = _waves(amplitudes, grid.points, highest) if signed else _cosines(amplitudes)
    return fields / np.sqrt(np.prod(grid.lengths))


def _placement(settings: Settings, grid: Grid) -> Placement:
    allowed = {"neumann": ("cells",), "periodic": ("left",), "dirichlet": ("nodes", "cells")}[settings.boundary]
    if grid.placement[0] not in allowed or len(set(grid.placement)) > 1:
        wanted = " or ".join(f"'{where}'" for where in allowed)
        raise SettingsError(
            f"gaussian: boundary '{settings.boundary}' is drawn on {wanted}, the grid has {grid.placement}"
        )
    return grid.placement[0]


@lru_cache(maxsize=4)
def _shells(size: int, dimensions: int, signed: bool) -> NDArray[np.int64]:
    """Return where each wavenumber of a cube lies, flattened, in the order of ``max |k_i|``, then of ``k``."""
    axis = np.arange(-size if signed else 0, size + 1)
    waves = [k.ravel() for k in np.meshgrid(*[axis] * dimensions, indexing="ij")]
    shell = np.max(np.abs(waves), axis=0)
    return np.lexsort((*reversed(waves), shell))


def _cosines(amplitudes: NDArray[np.float64]) -> NDArray[np.float64]:
    # The orthonormal inverse DCT-II has vectors of unit length; functions of unit mean square are sqrt(points) larger.
    values: NDArray[np.float64] = scipy.fft.idctn(amplitudes, type=2, norm="ortho") * np.sqrt(amplitudes.size)
    return values


def _waves(amplitudes: NDArray[np.float64], points: tuple[int, ...], highest: list[int]) -> NDArray[np.float64]:
    spectrum = np.zeros(points)
    spectrum[np.ix_(*(np.arange(-m, m + 1) % n for m, n in zip(highest, points, strict=True)))] = amplitudes
    values = scipy.fft.ifftn(spectrum, norm="forward")
    return values.real + values.imag


def _sines(amplitudes: NDArray[np.float64], placement: Placement) -> NDArray[np.float64]:
    # Each transform sums 2 sin, functions of unit mean square are sqrt(2) sin.
    scale = 0.5 ** (amplitudes.ndim / 2)
    if placement == "nodes":
        return np.pad(scipy.fft.dstn(amplitudes, type=1) * scale, 1)
    padded = np.pad(amplitudes, (0, 1))  # without the Nyquist wave
    values: NDArray[np.float64] = scipy.fft.dstn(padded, type=3) * scale
    return values
