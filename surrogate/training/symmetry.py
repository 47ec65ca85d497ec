"""Symmetry augmentation: each batch seen in another of the ways that the data set says are the same problem.

Shape letters: b batch, c channels, s... space.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol

import numpy as np
from torch import Tensor

from surrogate.registry import SYMMETRIES
from surrogate.spaces import Problem


class FieldChange(Protocol):
    """What a symmetry does to fields (b, c, s...), inputs and outputs alike."""

    def __call__(self, field: Tensor, problem: Problem) -> Tensor:
        """Return the fields as they are seen then."""
        ...


@dataclass(frozen=True)
class Turn:
    """What the symmetries of a problem do in one step, one after the other."""

    changes: tuple[FieldChange, ...]

    def __call__(self, field: Tensor, problem: Problem) -> Tensor:
        """Return the turned fields, (b, c, s...)."""
        for change in self.changes:
            field = change(field, problem)
        return field


def drawn(problem: Problem, seed: int, epoch: int, step: int) -> Turn:
    """Return the turn of one optimizer step: a function of seed, epoch and step alone, so that a resumed run agrees.

    Each symmetry that the data set declares draws its change, in the order of ``PLACE``: of what is declared, what the
    grid and the boundary of the problem have.

    Raises:
        SettingsError: the data set declares a symmetry that there is not.
    """
    # The third word keeps this stream apart from the one that orders the samples.
    stream = np.random.default_rng(np.random.SeedSequence([seed, epoch, step], spawn_key=(1,)))
    return Turn(tuple(module.draw(problem, stream) for module in _in_order(problem.symmetries)))


@functools.cache
def _in_order(names: tuple[str, ...]) -> list[ModuleType]:
    """Return the modules of symmetries; asked for at every step, and long to find where another package has one."""
    return sorted(map(SYMMETRIES.module, names), key=lambda module: module.PLACE)
