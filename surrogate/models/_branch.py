"""The branch of a DeepONet: a field at fixed sensors to a vector of coefficients.

Shape letters: b batch, c channels, s... space, p coefficients.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

from surrogate.fields import Problem
from surrogate.operators.padding import padding_rules
from surrogate.operators.stencil import Stencil


class Branch(nn.Module):
    """Map a field on the problem's own grid to ``coefficients`` numbers, the last layer without activation.

    ``cnn`` halves the grid by stencils of stride 2, one for each of ``channels``, while an axis has more than 4
    points, before the dense layers; ``mlp`` gives them the field as it is.
    """

    def __init__(
        self,
        kind: Literal["mlp", "cnn"],
        channels: Sequence[int],
        layers: Sequence[int],
        coefficients: int,
        problem: Problem,
    ) -> None:
        super().__init__()
        self.points = problem.grid.points
        points, width = self.points, len(problem.inputs)
        rules = padding_rules(problem.grid, problem.boundary)
        self.stencils = nn.ModuleList()
        for after in channels if kind == "cnn" else ():
            if min(points) <= 4:
                break
            self.stencils.append(Stencil(width, after, (3,) * len(points), rules, stride=2, bias=True))
            points, width = tuple((n + 1) // 2 for n in points), after
        self.dense = MLP(width * math.prod(points), layers, coefficients)

    def forward(self, fields: Tensor) -> Tensor:
        """Map (b, c, s...) to (b, p).

        Raises:
            ValueError: the field lies on another grid than that of the sensors.
        """
        if tuple(fields.shape[2:]) != self.points:
            raise ValueError(
                f"the sensors are a grid of {self.points} points, got a field of {tuple(fields.shape[2:])}"
            )
        for stencil in self.stencils:
            fields = F.gelu(stencil(fields))
        return self.dense(fields.flatten(1))


class MLP(nn.Module):
    """Dense layers with GELU between them, on the last axis."""

    def __init__(self, width_in: int, hidden: Sequence[int], width_out: int) -> None:
        super().__init__()
        widths = [width_in, *hidden, width_out]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))

    def forward(self, values: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            values = F.gelu(layer(values))
        return self.layers[-1](values)
