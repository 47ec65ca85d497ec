"""U-Net: convolutions on a hierarchy of grids with skip connections; the baseline without an operator behind it.

Shape letters: b batch, c channels, s... space.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from surrogate import registry
from surrogate.capabilities import Capabilities
from surrogate.errors import SettingsError
from surrogate.models._stack import Stack
from surrogate.multigrid import v_cycle
from surrogate.operators.padding import Rules, padding_rules
from surrogate.operators.pointwise import Pointwise
from surrogate.operators.stencil import Interpolation, Stencil
from surrogate.registry import Depth, Width
from surrogate.spaces import Problem


class Settings(registry.Settings):
    """Settings of the U-Net.

    Channels double from level to level, from ``hidden_channels`` on the finest. ``levels`` null gives as many as leave
    4 points on the coarsest, at most 4.
    """

    hidden_channels: Width
    levels: Depth | None


class Model(Stack):
    """One V-cycle whose steps bend: ``v <- D(v, P C(v))`` with ``C(v) = E(R v)`` on half the grid, and so on below.

    ``E`` and ``D`` are two convolutions each, with group norm and GELU, ``R`` and ``P`` stencils of stride 2; what
    comes from below is joined as further channels, not added. Every stencil sees the boundary of the data, and any grid
    with enough points is taken, but the receptive field is measured in points: no operator between function spaces.

    Source: Ronneberger et al. (2015), arXiv:1505.04597, with padding, group norm and learned transfers.
    """

    capabilities = Capabilities(resolutions="any", blocks=("lifting", "layers.0.encode", "layers.0.decode"))
    layout = "first"

    def __init__(self, settings: Settings, problem: Problem) -> None:
        super().__init__()
        points = problem.grid.points
        rules = padding_rules(problem.grid, problem.boundary)
        most = max(1, min(points).bit_length() - 2)
        levels = settings.levels or min(4, most)
        if levels > most:
            raise SettingsError(f"model.levels: {levels} is too many for {points} points, expected at most {most}")
        widths = [settings.hidden_channels * 2**level for level in range(levels)]
        self.lifting = ConvBlock(len(problem.channels), widths[0], rules)
        self.layers, self.order = nn.ModuleList([Scales(widths, points, rules)]), (0,)
        self.head = Pointwise(widths[0], len(problem.target.fields), self.layout)

    def enter(self, given: Tensor) -> Tensor:
        """Return the first channels of the finest grid."""
        lifted: Tensor = self.lifting(given)
        return lifted

    def leave(self, hidden: Tensor, given: Tensor) -> Tensor:
        """Return the outputs, a matrix of the last channels."""
        answer: Tensor = self.head(hidden)
        return answer


class Scales(nn.Module):
    """Down a hierarchy of grids and up again, where each joins what it had; ``widths`` are the channels on each."""

    def __init__(self, widths: Sequence[int], points: tuple[int, ...], rules: Rules) -> None:
        super().__init__()
        three = (3,) * len(points)
        self.down, self.encode, self.up, self.decode = (nn.ModuleList() for _ in range(4))
        for fine, coarse in pairwise(widths):
            self.down.append(Stencil(fine, fine, three, rules, stride=2, bias=True))
            self.encode.append(ConvBlock(fine, coarse, rules))
            self.up.append(Interpolation(coarse, fine, points, rules, offset=1))
            self.decode.append(ConvBlock(2 * fine, fine, rules))
            points = tuple((n + 1) // 2 for n in points)

    def forward(self, field: Tensor) -> Tensor:
        """Map (b, c, s...) to (b, c, s...)."""
        levels = [_Scale(*parts) for parts in zip(self.down, self.encode, self.up, self.decode, strict=True)]
        return v_cycle(levels, lambda coarsest: coarsest, field)


class _Scale(NamedTuple):
    """A grid of the cycle; its problem is what it was given."""

    restrict: nn.Module
    encode: nn.Module
    raise_to: nn.Module
    decode: nn.Module

    def before(self, problem: Tensor) -> Tensor:
        return problem

    def down(self, problem: Tensor, field: Tensor) -> Tensor:
        encoded: Tensor = self.encode(self.restrict(field))
        return encoded

    def up(self, field: Tensor, coarse: Tensor) -> Tensor:
        return torch.cat([field, self.raise_to(coarse, field.shape[2:])], dim=1)

    def after(self, problem: Tensor, field: Tensor) -> Tensor:
        decoded: Tensor = self.decode(field)
        return decoded


class ConvBlock(nn.Module):
    """Twice a convolution, a group norm and a GELU."""

    def __init__(self, channels_in: int, channels_out: int, rules: Rules) -> None:
        super().__init__()
        three = (3,) * len(rules)
        self.first = Stencil(channels_in, channels_out, three, rules)
        self.second = Stencil(channels_out, channels_out, three, rules)
        groups = math.gcd(8, channels_out)
        self.first_norm = nn.GroupNorm(groups, channels_out)
        self.second_norm = nn.GroupNorm(groups, channels_out)

    def forward(self, field: Tensor) -> Tensor:
        field = F.gelu(self.first_norm(self.first(field)))
        return F.gelu(self.second_norm(self.second(field)))
