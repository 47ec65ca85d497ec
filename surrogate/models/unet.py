"""U-Net: convolutions on a hierarchy of grids with skip connections; the baseline without an operator behind it.

Shape letters: b batch, c channels, s... space.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from surrogate import registry
from surrogate.capabilities import Capabilities
from surrogate.errors import SettingsError
from surrogate.models._neural_operator import NeuralOperator
from surrogate.operators.padding import Rules, padding_rules
from surrogate.operators.pointwise import pointwise
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


class Model(NeuralOperator):
    """Two convolutions, group norm and GELU a level; stride-2 stencils down, transposed ones and skips up.

    Every stencil sees the boundary of the data, and any grid with enough points is taken, but the receptive field is
    measured in points: this is no operator between function spaces.

    Source: Ronneberger et al. (2015), arXiv:1505.04597, with padding, group norm and learned transfers.
    """

    capabilities = Capabilities(resolutions="any", blocks=("enter", "encode", "decode"))

    def __init__(self, settings: Settings, problem: Problem) -> None:
        super().__init__()
        points = problem.grid.points
        rules = padding_rules(problem.grid, problem.boundary)
        most = max(1, min(points).bit_length() - 2)
        levels = settings.levels or min(4, most)
        if levels > most:
            raise SettingsError(f"model.levels: {levels} is too many for {points} points, expected at most {most}")
        widths = [settings.hidden_channels * 2**level for level in range(levels)]
        three = (3,) * len(points)
        self.enter = ConvBlock(len(problem.channels), widths[0], rules)
        self.down, self.encode, self.up, self.decode = (nn.ModuleList() for _ in range(4))
        for fine, coarse in pairwise(widths):
            self.down.append(Stencil(fine, fine, three, rules, stride=2, bias=True))
            self.encode.append(ConvBlock(fine, coarse, rules))
            self.up.append(Interpolation(coarse, fine, points, rules, offset=1))
            self.decode.append(ConvBlock(2 * fine, fine, rules))
            points = tuple((n + 1) // 2 for n in points)
        self.leave = pointwise(widths[0], len(problem.target.fields), len(points), bias=True)

    def forward(self, fields: Tensor) -> Tensor:
        """Map (b, inputs, s...) to (b, outputs, s...), both normalised."""
        return self.leave(self._descend(0, self.enter(fields)))

    def _descend(self, level: int, hidden: Tensor) -> Tensor:
        if level == len(self.down):
            return hidden
        coarse = self._descend(level + 1, self.encode[level](self.down[level](hidden)))
        raised = cast(Tensor, self.up[level](coarse, hidden.shape[2:]))
        return self.decode[level](torch.cat([hidden, raised], dim=1))


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
