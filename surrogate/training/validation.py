"""How good a surrogate is on validation items."""

from __future__ import annotations

from collections.abc import Callable

import torch

from surrogate.config.schema import TrainConfig
from surrogate.physical import Surrogate
from surrogate.training import parallel
from surrogate.training.loading import Feed
from surrogate.training.losses import NORMS, reported


def validate(
    surrogate: Surrogate, feed: Feed, config: TrainConfig, should_stop: Callable[[], bool]
) -> dict[str, float] | None:
    """Return the mean over items of the loss's norm (first), relative L2 and H1; None when told to stop.

    Always in the type of the weights, whatever the training precision: that is how the surrogate is used. Several
    processes share the work and have the same figures.
    """
    grid, boundary = surrogate.problem.grid, surrogate.problem.boundary
    names = reported(config.loss.name)
    totals = dict.fromkeys(names, 0.0)
    shares = [parallel.shares(chosen, 1)[0] for chosen in torch.arange(len(feed)).split(config.trainer.batch_size)]
    batches = feed.batches(share.indices for share in shares)
    training = surrogate.training
    surrogate.eval()
    try:
        with torch.no_grad():
            for share in shares:
                if should_stop():
                    return None
                inputs, outputs = next(batches)
                prediction = surrogate(inputs)
                for name in names:
                    values = NORMS[name](prediction, outputs, grid, boundary)
                    totals[name] += float(values.double().sum()) if share.weight else 0.0
    finally:
        batches.close()
        surrogate.train(training)
    return {name: value / len(feed) for name, value in zip(names, parallel.total(list(totals.values())), strict=True)}
