"""One pass over the training items before training: what is in them, whether they can be learned from."""

from __future__ import annotations

import math

import torch

from surrogate.errors import InputError
from surrogate.predictors.surrogate import Fit, Surrogate
from surrogate.spaces import Split
from surrogate.training.loading import BLOCK, Feed
from surrogate.training.losses import Scale


def survey(feed: Feed, name: str, surrogate: Surrogate | None) -> Scale:
    """Return what the loss called ``name`` has to know of the training outputs.

    The surrogate is fitted to one application: to the first frame of outputs that hold several.

    Args:
        feed: the training items.
        name: of the loss.
        surrogate: to be given its range, its normalisers and whatever the model fits; None where it has them.

    Raises:
        InputError: a value is not finite, or an output is zero everywhere and the loss relative.
    """
    scale, fit = Scale(name), None if surrogate is None else Fit(surrogate)
    for inputs, outputs in feed.blocks(BLOCK):
        _check(inputs.isfinite().all() & outputs.isfinite().all(), "train")
        scale.add(outputs)
        if fit is not None:
            fit.add(inputs, outputs[:, : len(fit.surrogate.problem.target.fields)])
    if surrogate is not None and fit is not None:
        fit.finish()
        if surrogate.prepared_from:
            every = math.ceil(len(feed) / surrogate.prepared_from)
            inputs, outputs = feed.batch(torch.arange(0, len(feed), every))
            surrogate.prepare(inputs, outputs[:, : len(surrogate.problem.target.fields)])
    return scale


def check_items(feed: Feed, split: Split, name: str) -> None:
    """Refuse items that hold a value that is not finite, or of which the loss called ``name`` cannot be had.

    Raises:
        InputError: they do.
    """
    scale = Scale(name, split)
    for inputs, outputs in feed.blocks(BLOCK):
        _check(inputs.isfinite().all() & outputs.isfinite().all(), split)
        scale.add(outputs)


def _check(finite: torch.Tensor, split: Split) -> None:
    if not finite:
        raise InputError(f"the split '{split}' of the data set holds values that are not finite")
