"""Solving an evolution on a grid that resolves it, with steps short enough, and saying how well that went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from surrogate.errors import SolverError
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.fourier import unresolved


def frame_times(horizon: float, frames: int) -> tuple[float, ...]:
    """Return ``frames`` times from 0 to ``horizon``, both included."""
    return tuple(horizon * frame / (frames - 1) for frame in range(frames))


def refinement(points: tuple[int, ...], resolution: int) -> int:
    """Return the least factor that gives every axis at least ``resolution`` points."""
    return -(-resolution // min(points))


def march(run: Callable[[Clock], Tensor], clock: Clock, dimensions: int, tolerance: float) -> tuple[Tensor, Tensor]:
    """Return the frames of ``run``, ``(b, t, s...)``, and a bound of the relative error of each sample, ``(b,)``.

    The bound is the larger of two, in the L2 norm over space, at the worst frame: the distance from a run with steps
    twice as long, which exceeds the error of the shorter steps, and the share of the highest waves kept.

    Raises:
        SolverError: a bound exceeds ``tolerance``, or the run blew up.
    """
    frames = run(clock)
    longer = run(replace(clock, steps=clock.steps // 2))
    distance = (frames - longer).flatten(2).norm(dim=2) / frames.flatten(2).norm(dim=2)
    time_error = distance.amax(1)
    space_error = unresolved(frames[:, 1:].flatten(0, 1), dimensions).unflatten(0, (len(frames), -1)).amax(1)
    bound = torch.maximum(time_error, space_error)
    if not bool((bound <= tolerance).all()):
        worst = int(torch.nan_to_num(bound, nan=torch.inf).argmax())
        raise SolverError(
            f"sample {worst} of the batch: error {float(time_error[worst]):.1e} of the time step (equation.steps) and "
            f"{float(space_error[worst]):.1e} of the grid (equation.resolution), expected at most {tolerance:.1e}"
        )
    return frames, bound
