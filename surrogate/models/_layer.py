"""The neuron: linear operators between functions, summed, then bent at every point.

Shape letters: b batch, c channels, h hidden channels, s... space.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from surrogate.kernels.fourier_layer import MixingMatrices, applies, channel_mlp, fourier_layer
from surrogate.models._activations import ACTIVATIONS, Activation
from surrogate.operators.operator import Operator, Sum
from surrogate.operators.pointwise import Pointwise
from surrogate.operators.waves import WaveOperator


class Layer(nn.Module):
    """``v -> act(A v)`` with a linear operator ``A``, most often a sum of some; then what ``mixing`` adds.

    With mixing it is ``act(M A v + g v)``, see :class:`Mixing`; with ``residual``, ``v`` is added to it.

    Source: He, Liu, Xu (2024), MgNO, arXiv:2310.19809, section 3, of the neuron.

    Args:
        operator: A.
        activation: the name of ``act``; None bends nothing.
        mixing: of channels, at every point.
        residual: whether what enters is added to what leaves.
    """

    def __init__(
        self,
        operator: Operator,
        activation: Activation | None,
        mixing: Mixing | None = None,
        residual: bool = False,
    ) -> None:
        super().__init__()
        self.operator, self.activation, self.mixing, self.residual = operator, activation, mixing, residual

    def forward(self, field: Tensor) -> Tensor:
        """Map functions of ``operator.channels_in`` to functions of ``operator.channels_out`` channels."""
        fused = fused_path(self, field)
        return self.plain(field) if fused is None else fused(field)

    def plain(self, field: Tensor) -> Tensor:
        """Return the layer of ``field`` by plain operations, as its definition reads."""
        result: Tensor = self.operator(field)
        if self.mixing is not None:
            result = self.mixing(result, field)
        if self.activation is not None:
            result = ACTIVATIONS[self.activation](result)
        return field + result if self.residual else result


class ChannelMLP(nn.Module):
    """``v -> W' gelu(W v + a) + b`` at every point, (b, s..., c) to (b, s..., c)."""

    def __init__(self, channels_in: int, hidden: int, channels_out: int) -> None:
        super().__init__()
        self.enter = Pointwise(channels_in, hidden, "last")
        self.leave = Pointwise(hidden, channels_out, "last")

    def forward(self, field: Tensor) -> Tensor:
        fused = fused_path(self, field)
        return self.plain(field) if fused is None else fused(field)

    def plain(self, field: Tensor) -> Tensor:
        """Return it by plain operations."""
        mixed: Tensor = self.leave(F.gelu(self.enter(field)))
        return mixed

    def matrices(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return both matrices, (o, i), each with its constants, (o,)."""
        return self.enter.matrix(), self.enter.constants(), self.leave.matrix(), self.leave.constants()


class Mixing(nn.Module):
    """``u, v -> M u + g v`` with ``M u = W' gelu(W gelu(u) + a) + b``, at every point.

    ``u`` is what the operators of a layer gave, ``v`` what entered them, weighted by a learned ``g`` for each channel.
    """

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.enter = Pointwise(channels, hidden, "last")
        self.leave = Pointwise(hidden, channels, "last")
        self.gate = nn.Parameter(torch.ones(channels))

    def forward(self, summed: Tensor, field: Tensor) -> Tensor:
        """Map ``u`` and ``v``, both (b, s..., c), to (b, s..., c)."""
        mixed: Tensor = self.leave(F.gelu(self.enter(F.gelu(summed))))
        return mixed + self.gate * field

    def matrices(self) -> MixingMatrices:
        """Return both matrices, (o, i), each with its constants, (o,), and the gate."""
        parts = self.enter.matrix(), self.enter.constants(), self.leave.matrix(), self.leave.constants()
        return MixingMatrices(*parts, self.gate)


def fused_path(layer: nn.Module, field: Tensor) -> Callable[[Tensor], Tensor] | None:
    """Return a faster path that computes ``layer`` of ``field`` all the same; None: there is only the plain one.

    On a CPU, channels last: a sum of an operator on waves and a pointwise one (:mod:`surrogate.kernels.fourier_layer`),
    and a channel MLP.
    """
    match layer:
        case Layer(operator=Sum(operators=[WaveOperator() as waves, Pointwise() as local]), residual=False):
            known = waves.layout == "last" and layer.activation in ("gelu", None)
            if known and waves.by_products(field.device) and applies(field):
                return lambda v: _fourier_layer(layer, waves, local, v)
        case ChannelMLP() if applies(field):
            return lambda v: channel_mlp(v, *layer.matrices())
    return None


def _fourier_layer(layer: Layer, waves: WaveOperator, local: Pointwise, field: Tensor) -> Tensor:
    waves.check(field.shape[1:-1])
    matrices = local.matrix(), local.constants(), None if layer.mixing is None else layer.mixing.matrices()
    return fourier_layer(field, waves.tables(field), waves.mix, *matrices, layer.activation is None)
