"""A matrix between channels at every point: the local part of a linear operator."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from surrogate.operators.padding import convolve


class Pointwise(nn.Module):
    """``v_o(x) = sum_i W_oi u_i(x) + b_o`` for fields of 1, 2 or 3 dimensions.

    Args:
        channels_in: channels of the input field.
        channels_out: channels of the output field.
        dimensions: number of space axes.
        bias: whether the constant ``b`` is learned.
    """

    def __init__(self, channels_in: int, channels_out: int, dimensions: int, bias: bool) -> None:
        super().__init__()
        bound = channels_in**-0.5
        kernel = (1,) * dimensions
        self.weight = nn.Parameter(torch.empty(channels_out, channels_in, *kernel).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(channels_out).uniform_(-bound, bound)) if bias else None

    def forward(self, field: Tensor) -> Tensor:
        """Map a field of shape (b, channels_in, s...) to one of shape (b, channels_out, s...)."""
        return convolve(field, self.weight, self.bias, stride=1, rules=None)
