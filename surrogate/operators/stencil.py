"""Learned stencils: dense convolutions with the boundary of the domain, down, along and up a hierarchy of grids.

Shape letters: b batch, i channels in, o channels out, s... space, k... kernel.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from surrogate.operators.operator import CHANNELS_IN, CHANNELS_OUT, MATRIX, Operator, WeightAxis
from surrogate.operators.padding import Rules, convolve, interpolate


class Stencil(Operator):
    """A convolution, ``v_o(x) = sum_ik W_oik u_i(x + k) + b_o``, on fields of 1, 2 or 3 dimensions.

    Args:
        channels_in: channels of the input field.
        channels_out: channels of the output field.
        kernel: points of the stencil along each axis, odd.
        rules: the ghost rule on every side, or None: no ghosts, the result is smaller.
        stride: 1, or 2 for the next coarser grid (see :func:`surrogate.operators.padding.convolve`).
        bias: whether the constants ``b`` are learned.
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        kernel: tuple[int, ...],
        rules: Rules | None,
        stride: int = 1,
        bias: bool = False,
    ) -> None:
        super().__init__(channels_in, channels_out, "first")
        self.rules = rules
        self.stride = stride
        self.weight, bound = _initial(channels_out, channels_in, kernel)
        self.bias = nn.Parameter(torch.empty(channels_out).uniform_(-bound, bound)) if bias else None

    def forward(self, field: Tensor) -> Tensor:
        """Map (b, i, s...) to (b, o, s...)."""
        return convolve(field, self.weight, self.bias, self.stride, self.rules)

    def axes(self) -> dict[str, tuple[WeightAxis, ...]]:
        return MATRIX | {"weight": (CHANNELS_OUT, CHANNELS_IN, *_points(self.weight))}

    def adjoint(self) -> Stencil | None:
        """Return the stencil turned about its point, known where zeros or the other end are seen beyond every side."""
        free = self.rules is None or any(low != high or low not in ("zeros", "circular") for low, high in self.rules)
        if free or self.stride > 1:
            return None
        other = self._turned()
        turned = self.weight.detach().transpose(0, 1).flip(tuple(range(2, self.weight.ndim)))
        other.weight, other.bias = nn.Parameter(turned.clone()), None
        return other


class Interpolation(Operator):
    """A transposed convolution from a coarse grid to the next finer one, ``v_o(x) = sum_iy W_io(x - 2 y) u_i(y)``.

    Its ``weight`` has shape (i, o, k...) with 4 points along an axis where the fine grid has an even number and 3
    where it has an odd one, so that the coarse points reach all fine ones and no more. On a grid of other parity the
    result is cut, or a ghost point is used, to fit.

    Args:
        channels_in: channels of the coarse field.
        channels_out: channels of the fine field.
        fine: points of the fine grid that the stencil is made for.
        rules: the ghost rule on every side.
        offset: 1 where the coarse points lie on the fine points 0, 2, 4..., 0 where they lie on 1, 3, 5....
    """

    def __init__(self, channels_in: int, channels_out: int, fine: Sequence[int], rules: Rules, offset: int) -> None:
        super().__init__(channels_in, channels_out, "first")
        self.rules = rules
        self.offset = offset
        self.weight, _ = _initial(channels_in, channels_out, tuple(4 if n % 2 == 0 else 3 for n in fine))

    def forward(self, field: Tensor, points: Sequence[int] | None = None) -> Tensor:
        """Map (b, i, s...) to (b, o, points...); None is twice as many, less one where the stencil has 3 points."""
        if points is None:
            points = [2 * n - k % 2 for n, k in zip(field.shape[2:], self.weight.shape[2:], strict=True)]
        return interpolate(field, self.weight, points, self.rules, self.offset)

    def axes(self) -> dict[str, tuple[WeightAxis, ...]]:
        return {"weight": (CHANNELS_IN, CHANNELS_OUT, *_points(self.weight))}


def _points(weight: Tensor) -> tuple[WeightAxis, ...]:
    """Return what stands along the axes of a kernel."""
    return tuple(WeightAxis("points", tuple(range(k)), summed=True) for k in weight.shape[2:])


def _initial(first: int, second: int, kernel: tuple[int, ...]) -> tuple[nn.Parameter, float]:
    """Return weights (first, second, k...), uniform up to one over the root of ``second`` times the kernel's points."""
    weight = torch.empty(first, second, *kernel)
    bound = weight[0].numel() ** -0.5
    return nn.Parameter(weight.uniform_(-bound, bound)), bound
