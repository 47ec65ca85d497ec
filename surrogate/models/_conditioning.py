"""Inputs that are the same at every point, the lead time among them, as scale and shift of hidden channels.

Shape letters: b batch, c channels, s... space.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from surrogate.spaces import Problem


class Conditioning(nn.Module):
    """``v -> (1 + scale(p)) v + shift(p)``, one pair for each channel, from the uniform inputs ``p``.

    Two matrices with a SiLU between give scale and shift; the second one starts at zero, so that at first nothing is
    changed.

    Source: Perez et al. (2018), FiLM, arXiv:1709.07871; for the lead time Herde et al. (2024), Poseidon,
    arXiv:2405.19101, section 2.

    Args:
        problem: says which inputs are uniform.
        channels: that are scaled and shifted.
    """

    def __init__(self, problem: Problem, channels: int) -> None:
        super().__init__()
        self.uniform = uniform_inputs(problem)
        self.enter = nn.Linear(len(self.uniform), channels)
        self.leave = nn.Linear(channels, 2 * channels)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, hidden: Tensor, fields: Tensor) -> Tensor:
        """Return ``hidden`` (b, s..., c) scaled and shifted by what ``fields`` (b, s..., inputs) hold."""
        numbers = torch.stack([fields[..., channel].flatten(1)[:, 0] for channel in self.uniform], dim=1)
        pairs = self.leave(F.silu(self.enter(numbers)))
        scale, shift = pairs.unflatten(1, (*[1] * (hidden.ndim - 2), 2, hidden.shape[-1])).unbind(-2)
        return hidden * (1 + scale) + shift


def uniform_inputs(problem: Problem) -> tuple[int, ...]:
    """Return which inputs are the same at every point."""
    return tuple(channel for channel, field in enumerate(problem.channels) if field.role == "uniform")


def conditioning(problem: Problem, channels: int) -> Conditioning | None:
    """Return the conditioning of ``channels`` by the uniform inputs, None where there are none."""
    return Conditioning(problem, channels) if uniform_inputs(problem) else None
