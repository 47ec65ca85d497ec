"""Coefficients to functions: the last step of every model that answers in a basis.

Shape letters: b batch, c channels out, k basis functions, n points.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from surrogate.kernels.matmul import matmul
from surrogate.operators.operator import Operator


class Synthesis(Operator):
    """``(b_ck) -> sum_k b_ck t_ck(y) + a_c(y)``: every channel is a sum of basis functions of its own.

    Source: Lu et al. (2021), DeepONet, arXiv:1910.03193.

    It takes functions on a single point, (b, c k), and gives functions at the points where the basis is known,
    (b, c, n).

    Args:
        basis: gives the basis functions, (c k, n), at points of its own, or where it is given what is known of others.
        channels_in: coefficients, c k in all.
        constants: ``a``, (c, 1) or (c, n); a parameter is learned, anything else is kept.
    """

    constants: Tensor

    def __init__(self, basis: nn.Module, channels_in: int, constants: Tensor) -> None:
        super().__init__(channels_in, len(constants), "first")
        if isinstance(constants, nn.Parameter):
            self.constants = constants
        else:
            self.register_buffer("constants", constants)
        self.basis = basis

    def forward(self, coefficients: Tensor, places: Tensor | None = None) -> Tensor:
        """Map (b, c k) to (b, c, n), at the points of the basis or at ``places``, as the basis takes them."""
        functions: Tensor = self.basis() if places is None else self.basis(places)
        channels = zip(
            coefficients.chunk(self.channels_out, 1), functions.chunk(self.channels_out), self.constants, strict=True
        )
        values = [matmul(weights, basis).add_(constant) for weights, basis, constant in channels]
        return values[0][:, None] if self.channels_out == 1 else torch.stack(values, dim=1)
