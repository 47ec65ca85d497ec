"""Gaussian random fields from the first terms of their Karhunen-Loeve series, on any points of a box."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surrogate.samplers._random_field import RandomField
from surrogate.samplers._streams import stream
from surrogate.spaces import Grid, Split

Positive = Annotated[float, Field(gt=0)]


class Settings(RandomField):
    """The covariance ``sigma^2 (-Laplace + tau^2)^-alpha``, the boundary of its Laplacian, and how many terms."""

    boundary: Literal["neumann", "dirichlet"]
    sigma: Positive
    alpha: Positive
    tau: Positive
    terms: Annotated[int, Field(gt=0)]


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return the samples ``indices`` on the points of ``grid``, shape ``(len(indices), *points)``.

    The series is ``sum_k sqrt(lambda_k) xi_k phi_k`` over the ``terms`` smallest ``|k|``, ties in the order of ``k``,
    with ``lambda_k = sigma^2 (mu_k + tau^2)^-alpha``, ``mu_k = sum (pi k_i / L_i)^2``, ``xi_k`` standard normal and
    ``phi_k`` orthonormal in L2: products of cosines without the mean (``neumann``), of sines (``dirichlet``). It is the
    same function on every grid.

    Source: De Hoop, Huang, Qian, Stuart (2022), arXiv:2203.13181, section 4 (Helmholtz).
    """
    waves = _smallest(settings.terms, len(grid.points), 0 if settings.boundary == "neumann" else 1)
    axes = [
        _basis(settings.boundary, (coordinates - origin) / length, waves[:, axis]) / np.sqrt(length)
        for axis, (coordinates, origin, length) in enumerate(
            zip(grid.coordinates(), grid.origin, grid.lengths, strict=True)
        )
    ]
    eigenvalue = ((np.pi * waves / np.array(grid.lengths)) ** 2).sum(1)
    deviation = settings.sigma * (eigenvalue + settings.tau**2) ** (-settings.alpha / 2)
    letters = "xyz"[: len(axes)]
    series = "k," + ",".join(f"k{letter}" for letter in letters) + "->" + letters
    fields = np.empty((len(indices), *grid.points))
    for row, index in enumerate(indices):
        amplitudes = deviation * stream(seed, split, index).standard_normal(len(waves))
        fields[row] = np.einsum(series, amplitudes, *axes, optimize=True)
    return fields


def _smallest(terms: int, dimensions: int, lowest: int) -> NDArray[np.int64]:
    """Return the ``terms`` wave vectors of least length, ``(terms, dimensions)``, without the zero vector."""
    # The cube that holds this many vectors in the ball inside it, and to spare.
    most = lowest + int(np.ceil(2 * (terms + 1) ** (1 / dimensions)))
    cube = [k for k in itertools.product(range(lowest, most + 1), repeat=dimensions) if any(k)]
    return np.array(sorted(cube, key=lambda k: (sum(i * i for i in k), k))[:terms])


def _basis(boundary: str, x: NDArray[np.floating], k: NDArray[np.int64]) -> NDArray[np.float64]:
    phase = np.pi * k[:, None] * x
    if boundary == "dirichlet":
        return np.sqrt(2) * np.sin(phase)
    return np.where(k[:, None] > 0, np.sqrt(2), 1.0) * np.cos(phase)
