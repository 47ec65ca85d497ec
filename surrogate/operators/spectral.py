"""Convolution by multiplication of the lowest Fourier modes, in any number of dimensions.

Shape letters: b batch, i channels in, o channels out, s... space, k... kept frequencies, K all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Path = Literal["auto", "fft", "dft"]

# Forward and backward of 20 fields of 32 channels on two CPU cores, products against FFT: 14 ms and 30 ms for 12 of 64
# frequencies per side, 18 and 28 for 16, 36 and 33 for 24. So products are taken up to this mean share n_modes / n.
_DFT_SHARE = 1 / 3


class SpectralConv(nn.Module):
    """Multiply the lowest frequencies of a real field by learned complex matrices, one for each frequency.

    The transform is normalised so that a coefficient is an amplitude, not a sum over grid points: trained
    weights mean the same thing on every grid that resolves the modes.

    Two equal paths: ``fft`` transforms the whole field; ``dft`` computes the kept frequencies alone, as products
    with real cosine and sine tables, which exports everywhere and is faster on a CPU where few frequencies are
    kept. ``auto`` takes the faster.

    Source: Li et al. (2021), Fourier Neural Operator, arXiv:2010.08895, section 4.

    Args:
        channels_in: channels of the input field.
        channels_out: channels of the output field.
        n_modes: for each space axis, how many frequencies ``0 .. n_modes - 1`` are kept; all axes but the last also
            keep the negatives of these (the last need not, as a real field's spectrum is symmetric).

    Attributes:
        weight: real, shape (k..., i, o, 2); the last axis holds real and imaginary parts.
        path: which of the paths is taken.
    """

    def __init__(self, channels_in: int, channels_out: int, n_modes: Sequence[int]) -> None:
        super().__init__()
        self.n_modes = tuple(n_modes)
        self.path: Path = "auto"
        if not self.n_modes or min(self.n_modes) < 1:
            raise ValueError(f"n_modes must be positive along every axis, got {self.n_modes}")
        kept = (*(2 * m - 1 for m in self.n_modes[:-1]), self.n_modes[-1])
        # The variance of a field whose energy lies in the kept modes is then left as it is.
        scale = (2 * channels_in) ** -0.5
        self.weight = nn.Parameter(scale * torch.randn(*kept, channels_in, channels_out, 2))

    def forward(self, field: Tensor) -> Tensor:
        """Map a field of shape (b, i, s...) to one of shape (b, o, s...).

        Raises:
            ValueError: the grid is too coarse to hold the modes.
        """
        space = tuple(field.shape[2:])
        if len(space) != len(self.n_modes) or any(2 * (m - 1) >= n for m, n in zip(self.n_modes, space, strict=True)):
            raise ValueError(f"a grid of {space} points cannot hold the frequencies below n_modes {self.n_modes}")
        return self._by_products(field) if self._prefers_products(field) else self._by_fft(field)

    def _prefers_products(self, field: Tensor) -> bool:
        if self.path != "auto":
            return self.path == "dft"
        share = sum(m / n for m, n in zip(self.n_modes, field.shape[2:], strict=True)) / len(self.n_modes)
        return field.device.type == "cpu" and share <= _DFT_SHARE

    def _by_fft(self, field: Tensor) -> Tensor:
        space = tuple(field.shape[2:])
        axes = tuple(range(2, field.ndim))
        spectrum = torch.fft.rfftn(field, dim=axes, norm="forward")[..., : self.n_modes[-1]]
        for axis, m, n in zip(axes[:-1], self.n_modes[:-1], space[:-1], strict=True):
            spectrum = torch.cat([spectrum.narrow(axis, 0, m), spectrum.narrow(axis, n - m + 1, m - 1)], dim=axis)
        mixed = torch.view_as_complex(self._mix(torch.view_as_real(spectrum)).contiguous())
        for axis, m, n in zip(axes[:-1], self.n_modes[:-1], space[:-1], strict=True):
            gap = list(mixed.shape)
            gap[axis] = n - 2 * m + 1
            parts = [mixed.narrow(axis, 0, m), mixed.new_zeros(gap), mixed.narrow(axis, m, m - 1)]
            mixed = torch.cat(parts, dim=axis)
        return torch.fft.irfftn(mixed, s=space, dim=axes, norm="forward")

    def _by_products(self, field: Tensor) -> Tensor:
        *others, last = zip(range(2, field.ndim), self.n_modes, field.shape[2:], strict=True)
        forward, inverse = (_constant(table, field) for table in _half_tables(last[2], last[1]))
        spectrum = torch.matmul(field, forward).unflatten(-1, (last[1], 2))
        for axis, m, n in reversed(others):
            spectrum = _along(_constant(_full_tables(n, m)[0], field), spectrum, axis)
        spectrum = self._mix(spectrum)
        for axis, m, n in others:
            spectrum = _along(_constant(_full_tables(n, m)[1], field), spectrum, axis)
        return torch.matmul(spectrum.flatten(-2), inverse)

    def _mix(self, spectrum: Tensor) -> Tensor:
        """Map (b, i, k..., 2) to (b, o, k..., 2): one complex matrix a frequency, written as real of twice the size."""
        kept = len(self.n_modes)
        channels_in, channels_out = self.weight.shape[-3:-1]
        weight = self.weight.flatten(0, kept - 1)
        turned = torch.stack([-weight[..., 1], weight[..., 0]], dim=-1)
        matrices = torch.stack([weight, turned], dim=2).reshape(-1, 2 * channels_in, 2 * channels_out)
        order = (*range(2, 2 + kept), 0, 1, 2 + kept)
        columns = spectrum.permute(order).flatten(0, kept - 1).flatten(2)
        mixed = torch.bmm(columns, matrices).unflatten(2, (channels_out, 2))
        return mixed.unflatten(0, self.weight.shape[:kept]).movedim((kept, kept + 1), (0, 1))


def use_dft(module: nn.Module) -> None:
    """Make every spectral operator inside ``module`` take the path of real matrix products, which exports."""
    for part in module.modules():
        if isinstance(part, SpectralConv):
            part.path = "dft"


@lru_cache(maxsize=256)
def _half_tables(n: int, m: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the transform of ``n`` real values to ``m`` complex amplitudes, (n, 2 m), and its inverse, (2 m, n)."""
    angle = 2 * np.pi * np.outer(np.arange(n), np.arange(m)) / n
    forward = np.stack([np.cos(angle), -np.sin(angle)], axis=-1) / n
    # Every frequency but 0 stands for its negative too.
    twice = np.where(np.arange(m) == 0, 1.0, 2.0)[:, None]
    return forward.reshape(n, 2 * m), (forward * n * twice).reshape(n, 2 * m).T.copy()


@lru_cache(maxsize=256)
def _full_tables(n: int, m: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the transform of ``n`` complex values to the frequencies 0..m-1, -(m-1)..-1 and its inverse.

    As real matrices of shape (2 (2 m - 1), 2 n) and (2 n, 2 (2 m - 1)) on interleaved real and imaginary parts.
    """
    frequencies = np.concatenate([np.arange(m), np.arange(1 - m, 0)])
    angle = 2 * np.pi * np.outer(frequencies, np.arange(n)) / n
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.stack([np.stack([cos, sin], axis=-1), np.stack([-sin, cos], axis=-1)], axis=1)
    forward = turn.reshape(2 * len(frequencies), 2 * n)
    return forward / n, forward.T.copy()


def _constant(table: NDArray[np.float64], like: Tensor) -> Tensor:
    return torch.from_numpy(table).to(dtype=like.dtype, device=like.device)


def _along(table: Tensor, spectrum: Tensor, axis: int) -> Tensor:
    """Return the product of ``table`` (2 q, 2 n) with ``spectrum`` (b, c, k..., 2), n long along ``axis``."""
    moved = spectrum.movedim(-1, axis + 1)
    rest = moved.shape[axis + 2 :]
    columns = moved.flatten(axis, axis + 1).flatten(axis + 1)
    lines = columns.shape[:axis]
    stacked = columns.flatten(0, axis - 1)
    product = torch.bmm(table.expand(stacked.shape[0], -1, -1), stacked)
    product = product.unflatten(0, lines).unflatten(axis, (-1, 2)).unflatten(-1, rest)
    return product.movedim(axis + 1, -1)
