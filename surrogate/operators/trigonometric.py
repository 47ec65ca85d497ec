"""Convolution on the waves of a box with walls: sines, cosines or quarter waves along an axis, Fourier modes elsewhere.

Shape letters: b batch, i channels in, o channels out, s... space, k... kept waves, h... rows of the real tables.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from surrogate.kernels.products import Array, Tables
from surrogate.operators.operator import CHANNELS_IN, CHANNELS_OUT, Layout, WeightAxis
from surrogate.operators.spectral import axis_tables, to_frequencies, to_waves
from surrogate.operators.waves import WaveOperator
from surrogate.spaces import Boundary, Placement

# The waves along an axis: whether each is zero at the (low, high) end, or its slope is; or periodic.
Basis = Literal["fourier", "sine", "cosine", "sine_cosine", "cosine_sine"]
_ZERO = {"sine": (True, True), "cosine": (False, False), "sine_cosine": (True, False), "cosine_sine": (False, True)}


def boundary_bases(boundary: Boundary) -> tuple[Basis, ...]:
    """Return the waves that satisfy the boundary: zero at Dirichlet ends, without slope at others, or periodic."""
    names: dict[tuple[bool, bool], Basis] = {
        (True, True): "sine",
        (False, False): "cosine",
        (True, False): "sine_cosine",
        (False, True): "cosine_sine",
    }
    return tuple(
        "fourier" if low == "periodic" else names[low == "dirichlet", high == "dirichlet"]
        for low, high in boundary.sides
    )


def most_waves(basis: Basis, placement: Placement, points: int) -> int:
    """Return how many waves so many points can tell apart: no point tells of a wave that is zero there."""
    low, high = _ZERO[basis]
    return points - (low and placement != "cells") - (high and placement == "nodes")


class Trigonometric(WaveOperator):
    """Multiply the amplitudes of the longest waves of a field by learned matrices, one for each wave.

    ``v_o = sum_k (sum_i R_kio a_ki) w_k`` of a field ``u_i = sum_k a_ki w_k + ...`` in the waves ``w_k`` that are kept.

    In sines it holds the solution operators of all equations with constant coefficients and zero Dirichlet values, in
    cosines those with zero flux: the image charges behind the walls are built in. Where a field is no sum of the kept
    waves its coefficients are those of the least squares fit, which on cells and on nodes are sine and cosine
    transforms. Along Fourier axes the matrices are complex, as in :class:`surrogate.operators.spectral.Spectral`.

    Source: Liu, Wang, Bao, Qian, Zhang, Song (2022), Orthogonal polynomial neural operator, arXiv:2206.12698, of layers
    in functions that satisfy the boundary.

    Args:
        channels_in: channels of the input field.
        channels_out: channels of the output field.
        n_modes: along a Fourier axis the frequencies kept beside their negatives, along others the number of waves.
        bases: the waves along each axis.
        placement: where the points along each axis lie.
        layout: where fields have their channels.

    Attributes:
        weight: shape (k..., i, o, 2), real and imaginary parts, where there is a Fourier axis; else (k..., i, o).
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        n_modes: Sequence[int],
        bases: Sequence[Basis],
        placement: Sequence[Placement],
        layout: Layout,
    ) -> None:
        super().__init__(channels_in, channels_out, layout)
        self.n_modes, self.bases, self.placement = tuple(n_modes), tuple(bases), tuple(placement)
        if not len(self.n_modes) == len(self.bases) == len(self.placement) or min(self.n_modes, default=0) < 1:
            raise ValueError(f"expected a basis, a placement and positive n_modes for each axis, got {self.n_modes}")
        self.fourier = tuple(axis for axis, basis in enumerate(self.bases, start=1) if basis == "fourier")
        # The spectrum of a real field is symmetric, so the last Fourier axis needs no negative frequencies.
        both = self.fourier[:-1]
        kept = tuple(2 * m - 1 if axis in both else m for axis, m in enumerate(self.n_modes, start=1))
        parts = (2,) if self.fourier else ()
        scale = (len(parts) + 1) ** -0.5 * channels_in**-0.5
        self.weight = nn.Parameter(scale * torch.randn(*kept, channels_in, channels_out, *parts))

    def check(self, space: Sequence[int]) -> None:
        axes = zip(space, self.n_modes, self.bases, self.placement, strict=True)
        if len(space) != len(self.n_modes) or not all(
            2 * (m - 1) < n if basis == "fourier" else m <= most_waves(basis, where, n) for n, m, basis, where in axes
        ):
            waves = ", ".join(f"{m} of {basis}" for m, basis in zip(self.n_modes, self.bases, strict=True))
            raise ValueError(f"so few points cannot hold the waves kept, {waves}")

    def axes(self) -> dict[str, tuple[WeightAxis, ...]]:
        def numbers(axis: int, m: int, basis: Basis) -> tuple[int | str, ...]:
            if basis != "fourier":
                return tuple(f"{basis} {k}" for k in range(m))
            return (*range(m), *range(1 - m, 0)) if axis in self.fourier[:-1] else tuple(range(m))

        along = enumerate(zip(self.n_modes, self.bases, strict=True), start=1)
        waves = (WeightAxis("waves", numbers(axis, *each), summed=True) for axis, each in along)
        parts = (WeightAxis("parts", ("real", "imaginary")),) if self.fourier else ()
        return {"weight": (*waves, CHANNELS_IN, CHANNELS_OUT, *parts)}

    def by_products(self, device: torch.device) -> bool:
        """Return whether fields are transformed by products with tables: there is no other way."""
        return True

    def tables(self, like: Tensor) -> Tables:
        make = _fresh_tables if torch.compiler.is_compiling() else _kept_tables
        half = self.fourier[-1] if self.fourier else 0
        return make(tuple(like.shape[1:-1]), self.n_modes, self.bases, self.placement, half, like.dtype, like.device)

    def mix(self, coefficients: Tensor) -> Tensor:
        dimensions = len(self.n_modes)
        weight = self.weight.flatten(0, dimensions - 1)
        if not self.fourier:
            rows = coefficients.flatten(1, -2).transpose(0, 1)
            return torch.bmm(rows, weight).transpose(0, 1).unflatten(1, coefficients.shape[1:-1])
        half = self.fourier[-1]
        real, imaginary = coefficients.chunk(2, dim=half)
        for axis in self.fourier[:-1]:
            real, imaginary = to_frequencies(real, imaginary, axis)
        kept = real.shape[1:-1]
        x, y = (part.flatten(1, -2).transpose(0, 1) for part in (real, imaginary))
        u, v = weight.unbind(-1)
        real, imaginary = (
            part.transpose(0, 1).unflatten(1, kept)
            for part in (torch.bmm(x, u) - torch.bmm(y, v), torch.bmm(x, v) + torch.bmm(y, u))
        )
        for axis in self.fourier[:-1]:
            real, imaginary = to_waves(real, imaginary, axis)
        return torch.cat([real, imaginary], dim=half)


def _fresh_tables(
    space: tuple[int, ...],
    n_modes: tuple[int, ...],
    bases: tuple[Basis, ...],
    placement: tuple[Placement, ...],
    half: int,
    dtype: torch.dtype,
    device: torch.device,
) -> Tables:
    matrices = [
        axis_tables(n, m, last=axis == half) if basis == "fourier" else wave_tables(n, m, basis, where)
        for axis, (n, m, basis, where) in enumerate(zip(space, n_modes, bases, placement, strict=True), start=1)
    ]
    return Tables.of(matrices, dtype, device)


_kept_tables = lru_cache(maxsize=64)(_fresh_tables)


@lru_cache(maxsize=256)
def wave_tables(n: int, m: int, basis: Basis, placement: Placement) -> tuple[Array, Array]:
    """Return the tables (m, n) from ``n`` values to the amplitudes of ``m`` waves, and (n, m) back to them, of an axis.

    The first is the least squares fit, points weighted by the length they stand for (the trapezoidal rule at ends).
    """
    low, high = _ZERO[basis]
    x = (np.arange(n) + (0.5 if placement == "cells" else 0.0)) / (n - 1 if placement == "nodes" else n)
    # Half waves 1, 2... or 0, 1..., or odd numbers of quarter waves.
    numbers = np.arange(m) + (0.5 if low != high else float(low))
    waves = (np.sin if low else np.cos)(math.pi * np.outer(x, numbers))
    weights = np.ones(n)
    if placement != "cells":
        weights[0] = 0.5
    if placement == "nodes":
        weights[-1] = 0.5
    root = np.sqrt(weights)[:, None]
    fit = np.linalg.lstsq(root * waves, np.diag(root[:, 0]), rcond=None)[0]
    return fit, waves
