"""A step surrogate applied to its own output, again and again, and how far that strays from the truth.

Shapes: n trajectories, t steps, c channels, s... space.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.evaluation.metrics import Values
from surrogate.fields import Problem
from surrogate.norms import relative_l2

Field = NDArray[np.float32]


@dataclass(frozen=True)
class Rollout:
    """A roll-out beside persistence, and one trajectory of it to look at.

    Attributes:
        relative_l2: mean over trajectories of the relative L2 error after each step, ``(t,)``.
        persistence: the same of the first frame kept for ever.
        sample: index of the trajectory of median error.
        truth: its states after each step, ``(t, c, s...)``.
        prediction: what the roll-out gives for them.
    """

    relative_l2: Values
    persistence: Values
    sample: int
    truth: Field
    prediction: Field


def roll_out(step: Callable[[Tensor], Tensor], constants: Tensor, state: Tensor, steps: int) -> Tensor:
    """Return the states after 1 to ``steps`` steps, ``(n, t, c, s...)``.

    Args:
        step: maps the constants and a state, ``(n, c_in, s...)``, to the next state.
        constants: fields that stay, ``(n, c, s...)``; c may be 0.
        state: the first state, ``(n, c, s...)``.
        steps: how many steps, at least 1.
    """
    states = []
    for _ in range(steps):
        state = step(torch.cat([constants, state], dim=1))
        states.append(state)
    return torch.stack(states, dim=1)


def errors_after_steps(prediction: Field, truth: Field, problem: Problem) -> Values:
    """Return the relative L2 error of every trajectory after every step, ``(n, t)``, of states ``(n, t, c, s...)``."""
    found = []
    for t in range(truth.shape[1]):
        after, true = (torch.from_numpy(states[:, t].astype(np.float64)) for states in (prediction, truth))
        found.append(relative_l2(after, true, problem.grid, problem.boundary).numpy())
    return np.stack(found, axis=1)
