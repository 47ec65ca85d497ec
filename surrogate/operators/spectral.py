"""Convolution by multiplication of the lowest Fourier modes, ``v = F^-1(R F u)``, in any number of dimensions.

Shape letters: b batch, i channels in, o channels out, s... space, k... kept frequencies, h... rows of the real tables.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from surrogate.kernels.products import Array, Tables
from surrogate.operators.operator import CHANNELS_IN, CHANNELS_OUT, Layout, WeightAxis
from surrogate.operators.waves import WaveOperator

Path = Literal["auto", "fft", "dft"]


class SpectralOperator(WaveOperator):
    """Multiply the lowest frequencies of a real field by something; :meth:`multiply` says by what.

    Two equal paths: ``fft`` transforms the whole field; ``dft`` computes the kept frequencies alone, as products
    with real cosine and sine tables, which exports everywhere and is faster on a CPU. ``auto`` takes the faster.

    Args:
        channels_in: channels of the input field.
        channels_out: channels of the output field.
        n_modes: for each space axis, how many frequencies ``0 .. n_modes - 1`` are kept; all axes but the last also
            keep the negatives of these (the last need not, as a real field's spectrum is symmetric).
        layout: where fields have their channels.

    Attributes:
        kept: how many frequencies there are along each axis.
        path: which of the paths is taken.
    """

    def __init__(self, channels_in: int, channels_out: int, n_modes: Sequence[int], layout: Layout) -> None:
        super().__init__(channels_in, channels_out, layout)
        self.n_modes = tuple(n_modes)
        self.path: Path = "auto"
        if not self.n_modes or min(self.n_modes) < 1:
            raise ValueError(f"n_modes must be positive along every axis, got {self.n_modes}")
        self.kept = (*(2 * m - 1 for m in self.n_modes[:-1]), self.n_modes[-1])

    @abstractmethod
    def multiply(self, real: Tensor, imaginary: Tensor) -> tuple[Tensor, Tensor]:
        """Map both parts of a spectrum, (b, k..., i), to those of another, (b, k..., o).

        Along all axes but the last the frequencies are 0 .. m - 1, then -(m - 1) .. -1.
        """

    def _applied(self, field: Tensor) -> Tensor:
        if self.by_products(field.device):
            return super()._applied(field)
        self.check(field.shape[1:-1])
        return self._by_fft(field)

    def check(self, space: Sequence[int]) -> None:
        if len(space) != len(self.n_modes) or any(2 * (m - 1) >= n for m, n in zip(self.n_modes, space, strict=True)):
            # Of what stands here some may be padding, which is not the user's: who knows the grid names it.
            raise ValueError(f"so few points cannot hold the frequencies below n_modes {self.n_modes}")

    def waves(self) -> tuple[tuple[int, ...], ...]:
        """Return the frequencies along each axis, in the order in which weights have them."""
        *others, last = self.n_modes
        return (*((*range(m), *range(1 - m, 0)) for m in others), tuple(range(last)))

    def by_products(self, device: torch.device) -> bool:
        return self.path == "dft" or (self.path == "auto" and device.type == "cpu")

    def tables(self, like: Tensor) -> Tables:
        """Return the real tables for fields like ``like``, (b, s..., i).

        Along the last axis rows 0 .. m - 1 give the real and rows m .. 2 m - 1 the imaginary parts of the amplitudes;
        along the others they multiply by cosines and by sines.
        """
        axes = tuple(zip(like.shape[1:-1], self.n_modes, strict=True))
        if any(isinstance(n, torch.SymInt) for n, _ in axes):
            return _tables_in_graph(axes, like.dtype, like.device)
        make = _fresh_tables if torch.compiler.is_compiling() else _kept_tables
        return make(axes, like.dtype, like.device)

    def mix(self, coefficients: Tensor) -> Tensor:
        last = len(self.n_modes)
        real, imaginary = coefficients.chunk(2, dim=last)
        for axis in range(1, last):
            real, imaginary = to_frequencies(real, imaginary, axis)
        real, imaginary = self.multiply(real, imaginary)
        for axis in range(1, last):
            real, imaginary = to_waves(real, imaginary, axis)
        return torch.cat([real, imaginary], dim=last)

    def _by_fft(self, field: Tensor) -> Tensor:
        space = tuple(field.shape[1:-1])
        axes = tuple(range(1, field.ndim - 1))
        spectrum = torch.fft.rfftn(field, dim=axes, norm="forward").narrow(axes[-1], 0, self.n_modes[-1])
        for axis, m, n in zip(axes[:-1], self.n_modes[:-1], space[:-1], strict=True):
            spectrum = torch.cat([spectrum.narrow(axis, 0, m), spectrum.narrow(axis, n - m + 1, m - 1)], dim=axis)
        mixed = torch.complex(*self.multiply(spectrum.real, spectrum.imag))
        for axis, m, n in zip(axes[:-1], self.n_modes[:-1], space[:-1], strict=True):
            gap = list(mixed.shape)
            gap[axis] = n - 2 * m + 1
            parts = [mixed.narrow(axis, 0, m), mixed.new_zeros(gap), mixed.narrow(axis, m, m - 1)]
            mixed = torch.cat(parts, dim=axis)
        return torch.fft.irfftn(mixed, s=space, dim=axes, norm="forward")


class Spectral(SpectralOperator):
    """Multiply the lowest frequencies of a real field by learned complex matrices, one for each frequency.

    ``(F v)_o(k) = sum_i R_kio (F u)_i(k)`` for the frequencies k that are kept, and 0 for all others.

    Source: Li et al. (2021), Fourier Neural Operator, arXiv:2010.08895, section 4.

    Args:
        channels_in: channels of the input field.
        channels_out: channels of the output field.
        n_modes: the frequencies kept along each axis; see :class:`SpectralOperator`.
        layout: where fields have their channels.

    Attributes:
        weight: real, shape (k..., i, o, 2); the last axis holds real and imaginary parts.
    """

    def __init__(self, channels_in: int, channels_out: int, n_modes: Sequence[int], layout: Layout) -> None:
        super().__init__(channels_in, channels_out, n_modes, layout)
        # The variance of a field whose energy lies in the kept modes is then left as it is.
        scale = (2 * channels_in) ** -0.5
        self.weight = nn.Parameter(scale * torch.randn(*self.kept, channels_in, channels_out, 2))

    def axes(self) -> dict[str, tuple[WeightAxis, ...]]:
        waves = (WeightAxis("waves", numbers, summed=True) for numbers in self.waves())
        return {"weight": (*waves, CHANNELS_IN, CHANNELS_OUT, WeightAxis("parts", ("real", "imaginary")))}

    def multiply(self, real: Tensor, imaginary: Tensor) -> tuple[Tensor, Tensor]:
        """Map both parts of a spectrum, (b, k..., i), to those of another, (b, k..., o).

        The weight is read as it lies, as real matrices (i, 2 o): with ``z = x + i y`` and ``w = u + i v`` the rows x
        and y give ``[x u, x v]`` and ``[y u, y v]``.
        """
        kept, (channels_in, channels_out) = real.shape[1:-1], self.weight.shape[-3:-1]
        rows = torch.stack([real, imaginary]).flatten(2, -2).flatten(0, 1).transpose(0, 1)
        products = torch.bmm(rows, self.weight.reshape(-1, channels_in, 2 * channels_out))
        parts = products.unflatten(2, (channels_out, 2)).unflatten(1, (2, -1))
        (xu, xv), (yu, yv) = (part.unbind(-1) for part in parts.unbind(1))
        real, imaginary = (part.transpose(0, 1).unflatten(1, kept) for part in (xu - yv, xv + yu))
        return real, imaginary

    def adjoint(self) -> Spectral:
        """Return the conjugate transposed matrices of the same frequencies."""
        other = self._turned()
        conjugate = self.weight.detach().transpose(-3, -2) * self.weight.new_tensor([1.0, -1.0])
        other.weight = nn.Parameter(conjugate.contiguous())
        return other


def use_dft(module: nn.Module) -> None:
    """Make every spectral operator inside ``module`` take the path of real matrix products, which exports."""
    for part in module.modules():
        if isinstance(part, SpectralOperator):
            part.path = "dft"


def to_frequencies(real: Tensor, imaginary: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Return the amplitudes of ``exp(i k x)`` along ``axis`` from products with cosines and with sines.

    ``z_k = c_k - i s_k`` for 0 <= k < m, then ``z_-k = c_k + i s_k`` for k = m - 1 .. 1.
    """
    (real_c, real_s), (imaginary_c, imaginary_s) = real.chunk(2, axis), imaginary.chunk(2, axis)
    negatives = real_c.shape[axis] - 1

    def join(positive: Tensor, negative: Tensor) -> Tensor:
        return torch.cat([positive, negative.narrow(axis, 1, negatives).flip(axis)], dim=axis)

    return (
        join(real_c + imaginary_s, real_c - imaginary_s),
        join(imaginary_c - real_s, imaginary_c + real_s),
    )


def to_waves(real: Tensor, imaginary: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Return the amplitudes of cosines, then of sines, along ``axis`` from those of ``exp(i k x)``.

    ``z_k + z_-k`` and ``i (z_k - z_-k)``; the sine of k = 0 is nothing, whatever stands before it.
    """
    m = (real.shape[axis] + 1) // 2

    def halves(part: Tensor) -> tuple[Tensor, Tensor]:
        positive, negative = part.narrow(axis, 0, m), part.narrow(axis, m, m - 1).flip(axis)
        return positive, torch.cat([torch.zeros_like(part.narrow(axis, 0, 1)), negative], dim=axis)

    (real_p, real_n), (imaginary_p, imaginary_n) = halves(real), halves(imaginary)
    return (
        torch.cat([real_p + real_n, imaginary_n - imaginary_p], dim=axis),
        torch.cat([imaginary_p + imaginary_n, real_p - real_n], dim=axis),
    )


def _fresh_tables(axes: tuple[tuple[int, int], ...], dtype: torch.dtype, device: torch.device) -> Tables:
    matrices = [axis_tables(n, m, last=axis == len(axes) - 1) for axis, (n, m) in enumerate(axes)]
    return Tables.of(matrices, dtype, device)


_kept_tables = lru_cache(maxsize=64)(_fresh_tables)


def _tables_in_graph(axes: tuple[tuple[int, int], ...], dtype: torch.dtype, device: torch.device) -> Tables:
    """Return the tables as operations of a graph whose grid is not known when it is made; those of axis_tables."""
    pairs = []
    for axis, (n, m) in enumerate(axes):
        # ONNX divides by a tensor, not by a size. The product of indices is reduced to a turn while it is exact.
        points = torch.arange(n, device=device)
        size = points[-1:] + 1
        angle = (torch.arange(m, device=device)[:, None] * points % size).double() * (2 * np.pi) / size
        last = axis == len(axes) - 1
        waves = torch.cat([angle.cos(), -angle.sin() if last else angle.sin()])
        twice: Tensor | float = torch.from_numpy(_twice(m)).to(device) if last else 1.0
        pairs.append(((waves / size).to(dtype), (waves.t() * twice).to(dtype)))
    analysis, synthesis = (tuple(tables) for tables in zip(*pairs, strict=True))
    return Tables(analysis, tuple(t.t() for t in analysis), synthesis, tuple(t.t() for t in synthesis))


@lru_cache(maxsize=256)
def axis_tables(n: int, m: int, last: bool) -> tuple[Array, Array]:
    """Return the tables (2 m, n) from ``n`` values, and (n, 2 m) back to them, of one axis."""
    angle = 2 * np.pi * np.outer(np.arange(m), np.arange(n)) / n
    cosine, sine = np.cos(angle), np.sin(angle)
    if not last:
        waves = np.concatenate([cosine, sine])
        return waves / n, waves.T.copy()
    waves = np.concatenate([cosine, -sine])
    return waves / n, (waves.T * _twice(m)).copy()


def _twice(m: int) -> Array:
    """Return the weights (2 m,) of the last axis: every frequency but 0 stands for its negative too."""
    return np.tile(np.where(np.arange(m) == 0, 1.0, 2.0), 2)
