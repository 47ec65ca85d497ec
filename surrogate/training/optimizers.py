"""Which optimizer a name stands for; the state of each is tensors by parameter, so that a run can be resumed."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from surrogate.training.soap import Soap
from surrogate.training.training_settings import OptimizerConfig


def build_optimizer(config: OptimizerConfig, parameters: Sequence[Tensor]) -> torch.optim.Optimizer:
    """Return the optimizer of ``parameters``; its rate is set again before every step."""
    rate, decay, betas = config.lr, config.weight_decay, config.betas
    if config.name == "adam":
        return torch.optim.Adam(parameters, lr=rate, betas=betas, weight_decay=decay, fused=True)
    if config.name == "adamw":
        return torch.optim.AdamW(parameters, lr=rate, betas=betas, weight_decay=decay, fused=True)
    return Soap(parameters, lr=rate, betas=betas, weight_decay=decay, every=config.every)
