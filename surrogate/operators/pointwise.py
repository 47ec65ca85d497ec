"""A matrix between channels at every point: the local part of a linear operator."""

from __future__ import annotations

from torch import Tensor

from surrogate.operators.stencil import Stencil


def pointwise(channels_in: int, channels_out: int, dimensions: int, bias: bool) -> Stencil:
    """Return ``v_o(x) = sum_i W_oi u_i(x) + b_o``, the stencil of a single point, for so many space axes."""
    return Stencil(channels_in, channels_out, (1,) * dimensions, None, bias=bias)


def matrix(operator: Stencil) -> tuple[Tensor, Tensor]:
    """Return W, (o, i), and b, (o,), of a pointwise operator, for fields whose channels come last."""
    weight = operator.weight.flatten(1)
    return weight, weight.new_zeros(len(weight)) if operator.bias is None else operator.bias
