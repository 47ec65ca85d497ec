"""Adam; the weight decay is an L2 term in the gradient.

Source: Kingma and Ba (2015), arXiv:1412.6980.
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
    return torch.optim.Adam(parameters, lr=settings.lr, betas=betas, weight_decay=decay, fused=True)
