"""The branch of a DeepONet: a field at fixed sensors to a vector of coefficients.

Shape letters: b batch, c channels, s... space, p coefficients.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from torch import Tensor, nn

from surrogate.kernels.matmul import matmul
from surrogate.models._activations import ACTIVATIONS, Activation
from surrogate.operators.padding import padding_rules
from surrogate.operators.stencil import Stencil
from surrogate.spaces import Problem


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
        activation: Activation,
    ) -> None:
        super().__init__()
        self.points = problem.grid.points
        points, width = self.points, len(problem.channels)
        rules = padding_rules(problem.grid, problem.boundary)
        self.stencils = nn.ModuleList()
        for after in channels if kind == "cnn" else ():
            if min(points) <= 4:
                break
            self.stencils.append(Stencil(width, after, (3,) * len(points), rules, stride=2, bias=True))
            points, width = tuple((n + 1) // 2 for n in points), after
        self.dense = MLP(width * math.prod(points), layers, coefficients, activation)

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
            fields = self.dense.activation(stencil(fields))
        return self.dense(fields.flatten(1).T).T


class MLP(nn.Module):
    """Dense layers with an activation between them, on columns: one for each sample or point.

    So the gradient of a weight is a product of matrices as they lie in memory, where rows would be turned first.
    """

    def __init__(self, width_in: int, hidden: Sequence[int], width_out: int, activation: Activation) -> None:
        super().__init__()
        widths = [width_in, *hidden, width_out]
        self.layers: Sequence[nn.Linear] = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))  # type: ignore[assignment]
        self.activation = ACTIVATIONS[activation]

    def forward(self, columns: Tensor) -> Tensor:
        """Map (i, n) to (o, n)."""
        for index, layer in enumerate(self.layers):
            columns = matmul(layer.weight, columns).add_(layer.bias[:, None])
            columns = self.activation(columns) if index + 1 < len(self.layers) else columns
        return columns
