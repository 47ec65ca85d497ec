"""FNO as one writes it down first, with torch's transforms and complex weights, channels first; 2-D."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PlainSpectral(nn.Module):
    """The frequencies below ``modes`` of both axes, mixed by a matrix of their own."""

    def __init__(self, width: int, modes: int) -> None:
        super().__init__()
        self.modes = modes
        self.weight = nn.Parameter(torch.randn(2, width, width, modes, modes, dtype=torch.cfloat) / width)

    def forward(self, field: Tensor) -> Tensor:
        waves, m = torch.fft.rfft2(field), self.modes
        kept = torch.zeros_like(waves)
        for corner, rows in zip(self.weight, (slice(None, m), slice(-m, None)), strict=True):
            kept[:, :, rows, :m] = torch.einsum("bixy,ioxy->boxy", waves[:, :, rows, :m], corner)
        return torch.fft.irfft2(kept, s=field.shape[-2:])


class PlainFNO(nn.Module):
    """``h <- gelu(K h + W h)`` between a lifting and a projection."""

    def __init__(self, channels_in: int, channels_out: int, width: int, layers: int, modes: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(channels_in, width, 1)
        self.spectral = nn.ModuleList(PlainSpectral(width, modes) for _ in range(layers))
        self.pointwise = nn.ModuleList(nn.Conv2d(width, width, 1) for _ in range(layers))
        self.leave = nn.Sequential(nn.Conv2d(width, 2 * width, 1), nn.GELU(), nn.Conv2d(2 * width, channels_out, 1))

    def forward(self, field: Tensor) -> Tensor:
        hidden = self.enter(field)
        for spectral, pointwise in zip(self.spectral, self.pointwise, strict=True):
            hidden = F.gelu(spectral(hidden) + pointwise(hidden))
        return self.leave(hidden)
