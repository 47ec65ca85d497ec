"""What every optimizer has, and the one that the settings of a run name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from surrogate.registry import OPTIMIZERS, Settings
from surrogate.values import Decay, Positive, Rate

if TYPE_CHECKING:
    import torch


class OptimizerSettings(Settings):
    """Every optimizer has a rate, ``lr``, which the schedule multiplies before each step."""

    lr: Rate


class MomentSettings(OptimizerSettings):
    """Settings of an optimizer that keeps running means of the gradient and of its square.

    ``betas`` are the decays of the two; ``every`` is how often ``soap`` turns its basis, and means nothing to others.
    Runs of the first version do not name them.
    """

    weight_decay: Annotated[float, Field(ge=0)]
    betas: tuple[Decay, Decay] = (0.9, 0.999)
    every: Positive = 1


def build_optimizer(settings: OptimizerSettings, parameters: Sequence[torch.Tensor]) -> torch.optim.Optimizer:
    """Return the optimizer of ``parameters``, of the class that is called ``settings.name``.

    Its rate is set again before every step. Its state is tensors by parameter, so that a run can be resumed.
    """
    optimizer: torch.optim.Optimizer = OPTIMIZERS.module(settings.name).build(settings, parameters)
    return optimizer


def shards(settings: OptimizerSettings) -> bool:
    """Return whether the optimizer may be given parts of a weight, as it works on each number by itself."""
    return bool(OPTIMIZERS.module(settings.name).SHARDS)


def sharding() -> tuple[str, ...]:
    """Return the names of the optimizers that may be given parts of a weight."""
    return tuple(name for name in OPTIMIZERS.names() if OPTIMIZERS.module(name).SHARDS)
