"""What a model would take, before it is built: a few bytes of settings can stand for more than there is."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from surrogate.memory_limits import require
from surrogate.registry import MODELS, Settings
from surrogate.spaces import Problem

# Below it no model of ours has more than some hundred megabytes. Lists of widths reach it by their default settings;
# to build such a model without numbers takes three milliseconds.
_SUSPICIOUS = 1e9
# A weight is there twice: as it was drawn or read, and in its place.
_COPIES = 2


def require_room(settings: Settings, problem: Problem) -> None:
    """Refuse a model of ``problem`` that this process has no memory for.

    Raises:
        SettingsError: it, or one sample of its grid, takes more than there is.
    """
    domain, channels = problem.target.domain, len(problem.channels) + len(problem.target.fields)
    if (field := 4 * channels * math.prod(domain.points)) > 2**28:
        # The fields of a sample, and the mean and the deviation that normalise them.
        require(3 * field, f"a {domain.kind} of {' x '.join(map(str, domain.points))} points", "take fewer points")
    counts = [max(1, count) for count in _counts(settings.model_dump())]
    if math.prod(counts) * max(counts, default=1) < _SUSPICIOUS:
        return
    # On this device tensors have a shape and no numbers.
    with torch.device("meta"):
        try:
            operator = MODELS.module(settings.name).Model(settings, problem)
        except ValueError:  # building it will say why
            return
    weights = sum(tensor.nbytes for tensor in (*operator.parameters(), *operator.buffers()))
    require(_COPIES * weights, f"model={settings.name}, with these settings", "take fewer channels, modes or layers")


def _counts(node: object) -> Iterator[int]:
    """Yield every whole number of a tree."""
    if isinstance(node, dict | list | tuple):
        for held in node.values() if isinstance(node, dict) else node:
            yield from _counts(held)
    elif isinstance(node, int) and not isinstance(node, bool):
        yield node
