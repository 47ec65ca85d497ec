"""A step applied to its own output, again and again.

Shape letters: b trajectories, t steps, c channels, s... space.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from surrogate.spaces import Problem


def roll_out(
    step: Callable[[Tensor], Tensor], problem: Problem, inputs: Tensor, steps: int, through: bool = True
) -> Tensor:
    """Return the states after 1 to ``steps`` steps, ``(b, t, c, s...)``.

    After each step the oldest of the frames that go in leaves and the new one joins; all other inputs stay, the lead
    time among them.

    Args:
        step: maps inputs ``(b, c_in, s...)`` to the next state ``(b, c, s...)``.
        problem: which inputs are frames.
        inputs: of the first step, ``(b, c_in, s...)``.
        steps: how many steps, at least 1.
        through: whether the gradient of a state goes through all the steps to it, or the last of them alone.
    """
    states, channels = [], len(problem.target.fields)
    fixed = len(problem.channels) - channels * problem.history
    for _ in range(steps):
        states.append(step(inputs))
        latest = states[-1] if through else states[-1].detach()
        inputs = torch.cat([inputs[:, :fixed], inputs[:, fixed + channels :], latest], dim=1)
    return torch.stack(states, dim=1)


def roll_out_together(several: Callable[[Tensor], Tensor], problem: Problem, inputs: Tensor, steps: int) -> Tensor:
    """Return the states after 1 to ``steps`` steps, ``(b, t, c, s...)``, of a map that makes several steps at once.

    Args:
        several: maps inputs ``(b, c_in, s...)`` to the states after each of its steps, ``(b, k, c, s...)``.
        problem, inputs, steps: as of :func:`roll_out`.
    """
    blocks: list[Tensor] = []
    fixed = len(problem.channels) - len(problem.target.fields) * problem.history
    while sum(states.shape[1] for states in blocks) < steps:
        blocks.append(several(inputs))
        frames = torch.cat([inputs[:, fixed:], blocks[-1].flatten(1, 2)], dim=1)
        inputs = torch.cat([inputs[:, :fixed], frames[:, fixed - len(problem.channels) :]], dim=1)
    return torch.cat(blocks, dim=1)[:, :steps]


def unroll(
    step: Callable[[Tensor], Tensor], problem: Problem, inputs: Tensor, channels: int, through: bool = True
) -> Tensor:
    """Return as many states as have so many ``channels`` together, one behind the other, ``(b, channels, s...)``."""
    steps = channels // len(problem.target.fields)
    return step(inputs) if steps == 1 else roll_out(step, problem, inputs, steps, through).flatten(1, 2)
