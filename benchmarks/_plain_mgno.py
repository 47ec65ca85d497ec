"""MgNO as one writes it down first: torch's own convolution modules, channels first; what our step is compared with.

Zero padding, 2-D, an even number of points on every level but the coarsest: the map of
:class:`surrogate.models.mgno.Model` with its default settings.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PlainCycle(nn.Module):
    """A V-cycle: one smoothing step a level, two on the coarsest; f and the solution are restricted."""

    def __init__(self, channels_in: int, channels_out: int, levels: int) -> None:
        super().__init__()

        def stencil(before: int, after: int, stride: int = 1) -> nn.Conv2d:
            return nn.Conv2d(before, after, 3, stride, padding=1, bias=False)

        steps = [1] * (levels - 1) + [2]
        self.smoothers = nn.ModuleList(
            nn.ModuleList(stencil(channels_in, channels_out) for _ in range(count)) for count in steps
        )
        # The very first step starts from zero.
        self.operators = nn.ModuleList(
            nn.ModuleList(stencil(channels_out, channels_in) for _ in range(count if depth else count - 1))
            for depth, count in enumerate(steps)
        )
        coarser = range(levels - 1)
        self.restrict_data = nn.ModuleList(stencil(channels_in, channels_in, 2) for _ in coarser)
        self.restrict_solution = nn.ModuleList(stencil(channels_out, channels_out, 2) for _ in coarser)
        self.interpolate = nn.ModuleList(
            nn.ConvTranspose2d(channels_out, channels_out, 4, 2, padding=1, bias=False) for _ in coarser
        )

    def forward(self, data: Tensor) -> Tensor:
        solutions: list[Tensor] = []
        solution = None
        for depth, smoothers in enumerate(self.smoothers):
            operators = iter(self.operators[depth])
            for smoother in smoothers:
                started = solution is not None
                solution = solution + smoother(data - next(operators)(solution)) if started else smoother(data)
            solutions.append(solution)
            if depth < len(self.restrict_data):
                data = self.restrict_data[depth](data)
                solution = self.restrict_solution[depth](solution)
        for depth in reversed(range(len(self.interpolate))):
            solution = solutions[depth] + self.interpolate[depth](solution)
        return solution


class PlainMgNO(nn.Module):
    """``h <- gelu(V h + Q h)`` and a pointwise head."""

    def __init__(self, channels_in: int, channels_out: int, width: int, layers: int, levels: int) -> None:
        super().__init__()
        channels = [channels_in] + [width] * (layers - 1)
        self.cycles = nn.ModuleList(PlainCycle(c, width, levels) for c in channels)
        self.pointwise = nn.ModuleList(nn.Conv2d(c, width, 1) for c in channels)
        self.head = nn.Conv2d(width, channels_out, 1, bias=False)

    def forward(self, hidden: Tensor) -> Tensor:
        for cycle, pointwise in zip(self.cycles, self.pointwise, strict=True):
            hidden = F.gelu(cycle(hidden) + pointwise(hidden))
        return self.head(hidden)


def copy_weights(ours: nn.Module, plain: PlainMgNO) -> None:
    """Give the plain model the weights of :class:`surrogate.models.mgno.Model`."""
    operators = [layer.operator.operators for layer in ours.layers]
    pairs = [(ours.head, plain.head), *zip((local for _, local in operators), plain.pointwise, strict=True)]
    for (cycle, _), target in zip(operators, plain.cycles, strict=True):
        for depth, steps in enumerate(cycle.before):
            pairs += [(step.smoother, target.smoothers[depth][index]) for index, step in enumerate(steps)]
            guessed = [step.operator for step in steps if step.operator is not None]
            pairs += list(zip(guessed, target.operators[depth], strict=True))
        for depth, transfer in enumerate(cycle.transfers):
            pairs.append((transfer.restrict_data, target.restrict_data[depth]))
            pairs.append((transfer.restrict_solution, target.restrict_solution[depth]))
            pairs.append((transfer.interpolation, target.interpolate[depth]))
    if sum(len(list(module.parameters())) for module, _ in pairs) != len(list(plain.parameters())):
        raise ValueError("the two models have not the same weights")
    with torch.no_grad():
        for module, copy in pairs:
            copy.weight.copy_(module.weight.view_as(copy.weight))
            if copy.bias is not None:
                copy.bias.copy_(module.bias)
