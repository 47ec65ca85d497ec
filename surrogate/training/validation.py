"""How good a surrogate is on validation items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from surrogate.predictors.rollout import unroll
from surrogate.predictors.surrogate import Surrogate
from surrogate.training import parallel
from surrogate.training.loading import Feed
from surrogate.training.loss import Parts, figures
from surrogate.training.training_settings import TrainConfig


@dataclass(frozen=True)
class Validation:
    """What a surrogate is validated on.

    ``items`` are as those trained on. ``rolled`` are windows of more steps than are trained, where a step is learned
    and the trajectories are that long.
    """

    items: Feed
    rolled: Feed | None


def validate(
    surrogate: Surrogate, on: Validation, config: TrainConfig, should_stop: Callable[[], bool]
) -> dict[str, float] | None:
    """Return the mean over items of the loss's norm (first), relative L2 and H1; None when told to stop.

    The first one selects, and is of what was trained: one step, all lead times, or the roll-out of a window, all its
    frames together (after ``push_forward`` too, whose steps are then those of a roll-out). ``one_step_relative_l2`` is
    that of the first frame of such a window, ``rollout_relative_l2`` that of roll-outs of up to 10 steps, all steps
    together. Always in the type of the weights, whatever the training precision: that is how the surrogate is used.
    Several processes share the work and have the same figures.
    """
    wanted = figures(config.loss, surrogate.problem)
    frame = len(surrogate.problem.target.fields)
    training = surrogate.training
    surrogate.eval()
    try:
        means = _means(surrogate, on.items, wanted, frame, config.trainer.batch_size, should_stop)
        rolled = None
        if means is not None and on.rolled is not None:
            l2 = {"relative_l2": wanted["relative_l2"]}
            rolled = _means(surrogate, on.rolled, l2, 0, config.trainer.batch_size, should_stop)
            if rolled is None:
                return None
    finally:
        surrogate.train(training)
    return means if rolled is None or means is None else means | {"rollout_relative_l2": rolled["relative_l2"]}


def _means(
    surrogate: Surrogate,
    feed: Feed,
    wanted: Mapping[str, Parts],
    frame: int,
    batch_size: int,
    should_stop: Callable[[], bool],
) -> dict[str, float] | None:
    """Return some figures, and relative L2 of the first ``frame`` channels of outputs that hold more (0: not asked)."""
    totals: dict[str, list[float]] = {}
    shares = [parallel.shares(chosen, 1)[0] for chosen in torch.arange(len(feed)).split(batch_size)]
    batches = feed.batches(share.indices for share in shares)
    try:
        with torch.no_grad():
            for share in shares:
                if should_stop():
                    return None
                inputs, outputs = next(batches)
                prediction = unroll(surrogate, surrogate.problem, inputs, outputs.shape[1])
                weights = surrogate.problem.weights(inputs)
                values = {name: parts(prediction, outputs, weights) for name, parts in wanted.items()}
                if 0 < frame < outputs.shape[1]:
                    first = prediction[:, :frame], outputs[:, :frame]
                    values["one_step_relative_l2"] = wanted["relative_l2"](*first, weights)
                for name, parts in values.items():
                    sums = totals.setdefault(name, [0.0, 0.0])
                    for k, part in enumerate(parts):
                        sums[k] += float(part.double().sum()) if share.weight else 0.0
    finally:
        batches.close()
    whole = parallel.total([number for sums in totals.values() for number in sums])
    # Outputs that are all zero have no size to compare with.
    return {
        name: above / (below or len(feed)) for name, above, below in zip(totals, whole[::2], whole[1::2], strict=True)
    }
