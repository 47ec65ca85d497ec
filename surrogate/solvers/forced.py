"""Ordinary differential equations with a forcing that is known at nodes: cubic splines, Runge-Kutta of order 4."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from scipy.interpolate import CubicSpline
from torch import Tensor

# (state (b, c, m), forcing (b, m)) -> the slope of the state, (b, c, m).
Tendency = Callable[[Tensor, Tensor], Tensor]


def between_nodes(forcing: Tensor, steps: int) -> Tensor:
    """Return the cubic spline (not-a-knot) through values at equal nodes, ``(b, n)``, where the steps need it.

    There are ``steps`` steps from a node to the next, and a step needs its two ends and its middle: the result is
    ``(b, n - 1, 2 steps + 1)``. Samples are interpolated one by one, as the last bits of a matrix product depend on
    where in a batch a sample lies.
    """
    nodes = np.arange(forcing.shape[1])
    fine = np.linspace(0, nodes[-1], 2 * steps * int(nodes[-1]) + 1)
    matrix = torch.from_numpy(CubicSpline(nodes, np.eye(len(nodes)))(fine)).to(forcing)
    return torch.stack([matrix @ values.clone() for values in forcing]).unfold(1, 2 * steps + 1, 2 * steps)


def follow(tendency: Tendency, start: Tensor, forcing: Tensor, interval: float) -> Tensor:
    """Return ``s`` of ``s' = tendency(s, u)`` at all nodes, the start first, ``(b, c, n)``.

    Fourth order in the step; exact for ``s' = u`` where ``u`` is a spline.

    Args:
        tendency: of states ``(b, c, 1)`` and forcings ``(b, 1)``.
        start: ``(b, c)``.
        forcing: from :func:`between_nodes`, ``(b, n - 1, 2 steps + 1)``.
        interval: time from a node to the next.

    Source: Hairer, Norsett, Wanner (1993), Solving Ordinary Differential Equations I, table II.1.2.
    """
    states = [start[:, :, None]]
    for node in range(forcing.shape[1]):
        states.append(advance(tendency, states[-1], forcing[:, node : node + 1], interval))
    return torch.cat(states, dim=2)


def advance(tendency: Tendency, state: Tensor, forcing: Tensor, interval: float) -> Tensor:
    """Return states ``(b, c, m)`` one interval later, each with its own forcing ``(b, m, 2 steps + 1)``."""
    steps = forcing.shape[2] // 2
    step = interval / steps
    for number in range(steps):
        begin, middle, end = forcing[..., 2 * number : 2 * number + 3].unbind(-1)
        first = tendency(state, begin)
        second = tendency(state + step / 2 * first, middle)
        third = tendency(state + step / 2 * second, middle)
        last = tendency(state + step * third, end)
        state = state + step / 6 * (first + 2 * second + 2 * third + last)
    return state
