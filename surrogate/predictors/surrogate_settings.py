"""The settings of what a surrogate is, beside its model: how it normalises, what it does on other grids."""

from __future__ import annotations

from typing import Literal

from surrogate.spaces import Frozen
from surrogate.values import Positive, Rate

NormaliserKind = Literal["none", "scalar", "channel", "pointwise"]


class NormaliserConfig(Frozen):
    inputs: NormaliserKind
    outputs: NormaliserKind


class OffGridConfig(Frozen):
    """What becomes of fields on another grid than the training data's, where the model is not the same map on any.

    ``model`` applies it there all the same. ``interpolate`` asks it on its own grid and interpolates its answers.
    ``refine`` also corrects the answer on each finer grid, by what is learned for it in the end: ``steps`` corrections
    of ``width`` channels, from at most ``samples`` training pairs, ``epochs`` times, at the rate ``lr``.
    """

    method: Literal["model", "interpolate", "refine"] = "model"
    width: Positive = 16
    steps: Positive = 4
    samples: Positive = 400
    epochs: Positive = 10
    lr: Rate = 5.0e-3
