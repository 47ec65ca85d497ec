"""How good a surrogate is on validation items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from surrogate.predictors.rollout import unroll
from surrogate.predictors.surrogate import Surrogate
from surrogate.training import parallel
from surrogate.training.loading import Feed
from surrogate.training.losses import NORMS, reported
from surrogate.training.training_settings import TrainConfig

# The mean square error of predicting zero, with which that of the surrogate is compared.
_ZERO = "mse of zero"


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
    names = reported(config.loss.name)
    frame = len(surrogate.problem.target.fields)
    training = surrogate.training
    surrogate.eval()
    try:
        found = _means(surrogate, on.items, names, frame, config.trainer.batch_size, should_stop)
        rolled = None
        if found is not None and on.rolled is not None:
            rolled = _means(surrogate, on.rolled, ("relative_l2",), 0, config.trainer.batch_size, should_stop)
            if rolled is None:
                return None
    finally:
        surrogate.train(training)
    return found if rolled is None or found is None else found | {"rollout_relative_l2": rolled["relative_l2"]}


def _means(
    surrogate: Surrogate,
    feed: Feed,
    names: tuple[str, ...],
    frame: int,
    batch_size: int,
    should_stop: Callable[[], bool],
) -> dict[str, float] | None:
    """Return the means of some norms, and of the first ``frame`` channels of outputs that hold more (0: not asked)."""
    problem = surrogate.problem
    totals = dict.fromkeys((*names, *((_ZERO,) if "relative_mse" in names else ())), 0.0)
    shares = [parallel.shares(chosen, 1)[0] for chosen in torch.arange(len(feed)).split(batch_size)]
    batches = feed.batches(share.indices for share in shares)
    try:
        with torch.no_grad():
            for share in shares:
                if should_stop():
                    return None
                inputs, outputs = next(batches)
                prediction = unroll(surrogate, problem, inputs, outputs.shape[1])
                known = [name for name in names if name in NORMS]
                values = {name: NORMS[name](prediction, outputs, problem.grid, problem.boundary) for name in known}
                if "relative_mse" in names:  # in float64, as squares of float32 fields may not fit
                    values["relative_mse"] = (prediction.double() - outputs.double()).square().flatten(1).mean(1)
                    values[_ZERO] = outputs.double().square().flatten(1).mean(1)
                if 0 < frame < outputs.shape[1]:
                    first = prediction[:, :frame], outputs[:, :frame]
                    values["one_step_relative_l2"] = NORMS["relative_l2"](*first, problem.grid, problem.boundary)
                for name, value in values.items():
                    totals[name] = totals.get(name, 0.0) + (float(value.double().sum()) if share.weight else 0.0)
    finally:
        batches.close()
    sums = dict(zip(totals, parallel.total(list(totals.values())), strict=True))
    square = sums.pop(_ZERO, None)
    # Outputs that are all zero have no size to compare with.
    return {name: value / ((square if name == "relative_mse" else None) or len(feed)) for name, value in sums.items()}
