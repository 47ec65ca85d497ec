"""A matrix between channels at every point, ``v(x) = W u(x) + b``: the local part of a linear operator.

Shape letters: b batch, i channels in, o channels out, s... space.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from surrogate.operators.operator import MATRIX, Layout, Operator, WeightAxis
from surrogate.operators.padding import convolve


class Pointwise(Operator):
    """``v_o(x) = sum_i W_oi u_i(x) + b_o``, on any domain.

    Args:
        channels_in: channels of the input field.
        channels_out: channels of the output field.
        layout: where fields have their channels.
        bias: whether the constants ``b`` are learned.

    Attributes:
        weight: W, (o, i).
        bias: b, (o,), or None.
    """

    domains = ("grid", "cloud")
    resolutions = "same"

    def __init__(self, channels_in: int, channels_out: int, layout: Layout, bias: bool = True) -> None:
        super().__init__(channels_in, channels_out, layout)
        bound = channels_in**-0.5
        self.weight = nn.Parameter(torch.empty(channels_out, channels_in).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(channels_out).uniform_(-bound, bound)) if bias else None

    def forward(self, field: Tensor) -> Tensor:
        """Map i channels to o channels at every point."""
        matrix = self.matrix()
        if self.layout == "last":
            return F.linear(field, matrix, self.bias)
        if torch.compiler.is_compiling():
            # One node of a graph, where the product would be three.
            stencil = matrix.reshape(*matrix.shape, *(1 for _ in field.shape[2:]))
            return convolve(field, stencil, self.bias, 1, None)
        return F.linear(field.movedim(1, -1), matrix, self.bias).movedim(-1, 1)

    def matrix(self) -> Tensor:
        """Return W, (o, i), as it acts."""
        return self.weight

    def constants(self) -> Tensor:
        """Return b, zeros where there is none."""
        return self.weight.new_zeros(self.channels_out) if self.bias is None else self.bias

    def axes(self) -> dict[str, tuple[WeightAxis, ...]]:
        return MATRIX

    def adjoint(self) -> Pointwise:
        """Return the transposed matrix at every point."""
        other = self._turned()
        other.weight, other.bias = nn.Parameter(self.weight.detach().t().clone()), None
        return other
