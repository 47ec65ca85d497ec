"""How good a surrogate is on validation pairs."""

from __future__ import annotations

from collections.abc import Callable

import torch

from surrogate.config.schema import TrainConfig
from surrogate.physical import Surrogate
from surrogate.training.losses import NORMS, reported
from surrogate.training.samples import Samples


def validate(
    surrogate: Surrogate, samples: Samples, config: TrainConfig, should_stop: Callable[[], bool]
) -> dict[str, float] | None:
    """Return the mean over pairs of the loss's norm (first), relative L2 and H1; None when told to stop.

    Always in float32, whatever the training precision: that is how the surrogate is used.
    """
    grid, boundary = surrogate.problem.grid, surrogate.problem.boundary
    names = reported(config.loss.name)
    totals = dict.fromkeys(names, 0.0)
    training = surrogate.training
    surrogate.eval()
    try:
        with torch.no_grad():
            for inputs, outputs in samples.batches(config.trainer.batch_size):
                if should_stop():
                    return None
                prediction = surrogate(inputs)
                for name in names:
                    totals[name] += float(NORMS[name](prediction, outputs, grid, boundary).double().sum())
    finally:
        surrogate.train(training)
    return {name: total / len(samples) for name, total in totals.items()}
