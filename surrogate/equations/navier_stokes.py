"""Stirred flow on a torus of period 1, by its vorticity: ``w_t + u . grad w = viscosity Laplace w + f``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate import registry
from surrogate.equations._evolution import frame_times, march, refinement
from surrogate.equations._grids import points_of
from surrogate.fields import Boundary, DataSpec, FieldSpec, Grid, Solutions, Split, Task
from surrogate.samplers import gaussian
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.fourier import interpolate_periodic
from surrogate.solvers.navier_stokes import solve_vorticity

DIMENSIONS = 2
BLOCK = 4
STIRRING = 0.1
# sigma^2 of the start, as powers of tau: one paper, its script of 2022, and its script of 2020, which drew complex
# numbers of twice the variance. The data that everybody uses came from the last.
VARIANCES = {"paper": (1.0, 1.5), "script": (1.0, 3.0), "original": (2.0, 3.0)}


class Settings(registry.Settings):
    """The flow, the law of its start, and how it is solved.

    The start is ``N(0, sigma^2 (-Laplace + tau^2)^-alpha)`` with ``sigma^2 = tau^1.5`` (``amplitude: paper``),
    ``tau^3`` (``script``) or ``2 tau^3`` (``original``, the published data). ``frames`` are kept from 0 to
    ``horizon``, both included, with ``steps`` time steps from one to the next, on at least ``resolution`` points along
    each axis. ``tolerance`` bounds the relative error of every frame.
    """

    viscosity: Annotated[float, Field(gt=0)]
    amplitude: Literal["paper", "script", "original"]
    alpha: Annotated[float, Field(gt=0)]
    tau: Annotated[float, Field(gt=0)]
    horizon: Annotated[float, Field(gt=0)]
    frames: Annotated[int, Field(ge=2)]
    steps: Annotated[int, Field(ge=2)]
    resolution: Annotated[int, Field(ge=4)]
    tolerance: Annotated[float, Field(gt=0, lt=1)]


def specification(settings: Settings, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes along each axis.

    Raises:
        SettingsError: not two axes.
    """
    return DataSpec(
        equation="navier_stokes",
        grid=Grid.box(points_of("navier_stokes", points, DIMENSIONS), "left"),
        boundary=Boundary.uniform("periodic", DIMENSIONS),
        fields=(FieldSpec(name="vorticity", unit="1", role="state"),),
        times=frame_times(settings.horizon, settings.frames),
        task=task,
    )


def initial_vorticity(
    settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices`` at the nodes of ``grid``, ``(len(indices), n, n)``."""
    factor, power = VARIANCES[settings.amplitude]
    law = gaussian.Settings(
        name="gaussian",
        boundary="periodic",
        sigma=math.sqrt(factor * settings.tau**power),
        alpha=settings.alpha,
        tau=settings.tau,
    )
    return gaussian.sample(law, grid, seed, split, indices)


def solve(settings: Settings, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]) -> Solutions:
    """Return the vorticities of the samples ``indices`` at the nodes and times of ``specification``.

    The flow is stirred by ``f = 0.1 (sin 2 pi (x + y) + cos 2 pi (x + y))``. The first frame holds the waves that the
    solver keeps: two thirds of those of its grid. ``residual`` is the error bound of
    :func:`surrogate.equations._evolution.march`, ``iterations`` counts the time steps.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    grid = specification.grid
    start = torch.from_numpy(initial_vorticity(settings, grid, seed, split, indices))
    refine = refinement(grid.points, settings.resolution)
    fine = interpolate_periodic(start, refine, DIMENSIONS)
    forcing = _stirring(grid.resized(tuple(refine * n for n in grid.points)))
    intervals = settings.frames - 1
    clock = Clock(intervals, settings.horizon / intervals, settings.steps)

    def run(clock: Clock) -> Tensor:
        return solve_vorticity(fine, forcing, settings.viscosity, grid.lengths[0], clock)

    frames, bound = march(run, clock, DIMENSIONS, settings.tolerance)
    return Solutions(
        constants=np.empty((len(indices), 0, *grid.points)),
        states=frames[:, :, None, ::refine, ::refine].contiguous().numpy(),
        residual=bound.numpy(),
        iterations=np.full(len(indices), intervals * settings.steps, dtype=np.int64),
    )


def _stirring(grid: Grid) -> Tensor:
    x, y = (torch.from_numpy(axis) for axis in grid.coordinates())
    phase = 2 * torch.pi * (x[:, None] + y)
    return STIRRING * (torch.sin(phase) + torch.cos(phase))
