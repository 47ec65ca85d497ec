"""Periodic evolutions: solved on a grid that resolves them, with steps short enough, saying how well that went."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Self, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations._by_module import ByModule
from surrogate.equations._equation import Solved
from surrogate.errors import SolverError
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.fourier import interpolate_periodic, resolved, unresolved
from surrogate.spaces import DataSpec, Grid

# Frames of a start: (start (b, c, s...), constants (b, k, s...), grid of both, clock) -> (b, frames + 1, c, s...).
Run = Callable[[Tensor, Tensor, Grid, Clock], Tensor]
AnyEvolution = TypeVar("AnyEvolution", bound="Evolution")


class Evolution(ByModule):
    """How an evolution is kept and solved.

    ``frames`` are kept from 0 to ``horizon``, both included, with ``steps`` time steps from one to the next, on at
    least ``resolution`` points along each axis. ``tolerance`` bounds the relative error of every frame; no recipe may
    have an infinite one, with which nothing is measured or promised.
    """

    horizon: Annotated[float, Field(gt=0)]
    frames: Annotated[int, Field(ge=2)]
    steps: Annotated[int, Field(ge=2)]
    resolution: Annotated[int, Field(ge=4)]

    @property
    def times(self) -> tuple[float, ...]:
        """The times of the frames."""
        return tuple(self.horizon * frame / (self.frames - 1) for frame in range(self.frames))

    @property
    def clock(self) -> Clock:
        """The intervals between the frames, and their steps."""
        return Clock(self.frames - 1, self.horizon / (self.frames - 1), self.steps)

    @property
    def fineness(self) -> int:
        return refinement(self.grid.points, self.resolution)

    def one_step(self, interval: float) -> Self:
        spec = self.spec.model_copy(update={"times": (0.0, interval)})
        return self.model_copy(update={"frames": 2, "horizon": interval}).bound(spec)


def refinement(points: tuple[int, ...], resolution: int) -> int:
    """Return the least factor that gives every axis at least ``resolution`` points."""
    return -(-resolution // min(points))


def refined(settings: AnyEvolution, specification: DataSpec, space: int, time: int) -> AnyEvolution:
    """Return the settings with ``space`` times as many points along each axis and ``time`` times as many steps."""
    points = specification.grid.points
    finer = space * refinement(points, settings.resolution) * min(points)
    return settings.model_copy(update={"resolution": finer, "steps": time * settings.steps})


def kept(settings: Evolution, grid: Grid, fields: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return periodic ``fields`` without the waves that the solver drops from them, on the same points."""
    if refinement(grid.points, settings.resolution) > 1:
        return fields
    return resolved(torch.from_numpy(fields), len(grid.points)).numpy()


def solve_periodic(
    run: Run, settings: Evolution, specification: DataSpec, inputs: Tensor, *, chaotic: bool = False
) -> Solved:
    """Return the frames that follow the start in ``inputs``, which are the constants and the start, ``(b, c, s...)``.

    ``residual`` is the error bound of :func:`march`, ``iterations`` counts the time steps. The first frame is the
    start itself.

    Args:
        run: the solver, on any periodic grid.
        settings: the times, and the numbers of points and steps.
        specification: the grid of the inputs and of the frames.
        inputs: constants, then the start, on that grid.
        chaotic: bound the error of each interval by itself, as an error before it grows without bound.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    grid = specification.grid
    dimensions, states = len(grid.points), len(specification.states)
    refine = refinement(grid.points, settings.resolution)
    finer = grid.resized(tuple(refine * n for n in grid.points))
    fine = _finer(inputs, refine, dimensions)
    constants, start = fine[:, :-states], fine[:, -states:]

    def from_start(clock: Clock) -> Tensor:
        return run(start, constants, finer, clock)

    frames = from_start(settings.clock)
    if math.isinf(settings.tolerance):
        bound = torch.full_like(frames[:, 0].flatten(1)[:, 0], math.inf)
    else:
        coarse = replace(settings.clock, steps=settings.clock.steps // 2)
        longer = _restarted(run, frames, constants, finer, coarse) if chaotic else from_start(coarse)
        bound = error_bound(frames, longer, dimensions, settings.tolerance)
    found = _strided(frames, refine, dimensions)
    return Solved(
        states=torch.cat((inputs[:, None, -states:], found[:, 1:]), dim=1),
        residual=bound,
        iterations=torch.full_like(bound, settings.clock.frames * settings.clock.steps, dtype=torch.int64),
    )


def residual_periodic(
    run: Run, settings: Evolution, specification: DataSpec, constants: Tensor, states: Tensor
) -> Tensor:
    """Return how far the frames are from following each other, ``(b,)``, relative to them, in L2 over space and time.

    Every frame is advanced by the solver to the time of the next and compared with it: the residual of the equation
    integrated over an interval, which is small however far the frames are apart. Differentiable in both fields.

    Args:
        run: the solver, on any periodic grid.
        settings: the times, and the numbers of points and steps.
        specification: the grid.
        constants: ``(b, k, s...)``.
        states: ``(b, t, c, s...)``.
    """
    grid = specification.grid
    dimensions = len(grid.points)
    refine = refinement(grid.points, settings.resolution)
    finer = grid.resized(tuple(refine * n for n in grid.points))
    frames, given = _finer(states, refine, dimensions), _finer(constants, refine, dimensions)
    followed = _restarted(run, frames, given, finer, settings.clock)
    found = _strided(followed, refine, dimensions)
    wrong = (states[:, 1:] - found[:, 1:]).flatten(1).norm(dim=1)
    return wrong / states[:, 1:].flatten(1).norm(dim=1)


def error_bound(frames: Tensor, longer: Tensor, dimensions: int, tolerance: float) -> Tensor:
    """Return a bound of the relative error of each sample, ``(b,)``, for ``frames`` of shape ``(b, t, c, s...)``.

    The bound is the larger of two, in the L2 norm over space, at the worst frame: the distance from ``longer``, a run
    with steps twice as long, which exceeds the error of the shorter steps, and the share of the highest waves kept.

    Raises:
        SolverError: a bound exceeds ``tolerance``, or the run blew up.
    """
    distance = (frames - longer).flatten(2).norm(dim=2) / frames.flatten(2).norm(dim=2)
    time_error = distance.amax(1)
    space_error = unresolved(frames[:, 1:], dimensions).amax((1, 2))
    bound = torch.maximum(time_error, space_error)
    if not bool((bound <= tolerance).all()):
        worst = int(torch.nan_to_num(bound, nan=torch.inf).argmax())
        raise SolverError(
            f"sample {worst} of the batch: error {float(time_error[worst]):.1e} of the time step (equation.steps) and "
            f"{float(space_error[worst]):.1e} of the grid (equation.resolution), expected at most {tolerance:.1e}"
        )
    return bound


def _restarted(run: Run, frames: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
    """Return the first frame, then every frame but the last advanced by one interval, all at once."""
    intervals = frames.shape[1] - 1
    start = frames[:, :-1].flatten(0, 1)
    given = constants.repeat_interleave(intervals, dim=0)
    ends = run(start, given, grid, replace(clock, frames=1))[:, 1]
    return torch.cat((frames[:, :1], ends.unflatten(0, (-1, intervals))), dim=1)


def _finer(field: Tensor, refine: int, dimensions: int) -> Tensor:
    if refine == 1 or field.numel() == 0:  # transforms refuse a batch of nothing, and no constants need no grid
        return field
    return interpolate_periodic(field, refine, dimensions)


def _strided(fine: Tensor, refine: int, dimensions: int) -> Tensor:
    every: list[Any] = [slice(None, None, refine)] * dimensions
    return fine[(..., *every)]
