"""One pass over the training items before training: what is in them, whether they can be learned from."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from surrogate.errors import InputError
from surrogate.predictors.surrogate import Fit, Surrogate
from surrogate.registry import Settings
from surrogate.spaces import Problem, Split
from surrogate.training.loading import BLOCK, Feed
from surrogate.training.loss import Scale


def survey(
    feed: Feed,
    loss: Settings,
    surrogate: Surrogate,
    fitted: bool,
    normalise: Callable[[Surrogate], None] | None = None,
) -> float:
    """Return what a loss has to know of the training outputs: their mean square.

    The surrogate is fitted to one application: to the first frame of outputs that hold several.

    Args:
        feed: the training items.
        loss: its settings.
        surrogate: to be given its range, its normalisers and whatever the model fits.
        fitted: whether it has them already.
        normalise: gives it other normalisers than those of the data, before the model fits anything.

    Raises:
        InputError: a value is not finite, or an output is zero everywhere and the loss relative.
    """
    scale, fit = Scale(loss), None if fitted else Fit(surrogate)
    for inputs, outputs in feed.blocks(BLOCK):
        _check(inputs.isfinite().all() & outputs.isfinite().all(), "train")
        scale.add(outputs, surrogate.problem.weights(inputs))
        if fit is not None:
            fit.add(inputs, outputs[:, : len(surrogate.problem.target.fields)])
    if fit is not None:
        fit.finish()
        if normalise is not None:
            normalise(surrogate)
        if surrogate.prepared_from:
            every = math.ceil(len(feed) / surrogate.prepared_from)
            inputs, outputs = feed.batch(torch.arange(0, len(feed), every))
            surrogate.prepare(inputs, outputs[:, : len(surrogate.problem.target.fields)])
    return scale.mean_square


def check_items(feed: Feed, split: Split, loss: Settings, problem: Problem) -> None:
    """Refuse items that hold a value that is not finite, or of which the loss cannot be had.

    Raises:
        InputError: they do.
    """
    scale = Scale(loss, split)
    for inputs, outputs in feed.blocks(BLOCK):
        _check(inputs.isfinite().all() & outputs.isfinite().all(), split)
        scale.add(outputs, problem.weights(inputs))


def _check(finite: torch.Tensor, split: Split) -> None:
    if not finite:
        raise InputError(f"the split '{split}' of the data set holds values that are not finite")
