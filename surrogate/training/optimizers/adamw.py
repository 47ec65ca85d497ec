"""Adam whose weight decay acts on the weights alone.

Source: Loshchilov and Hutter (2019), arXiv:1711.05101.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from surrogate.training.optimizer import MomentSettings

SHARDS = True


class Settings(MomentSettings):
    """As of every optimizer with running means."""


def build(settings: Settings, parameters: Sequence[Tensor]) -> torch.optim.Optimizer:
    """Return the optimizer of ``parameters``; its rate is set again before every step."""
    decay, betas = settings.weight_decay, settings.betas
    return torch.optim.AdamW(parameters, lr=settings.lr, betas=betas, weight_decay=decay, fused=True)
