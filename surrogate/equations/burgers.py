"""Burgers flow: a velocity that carries itself, ``u_t + u u_x = viscosity u_xx``, with period 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import torch
from pydantic import Field, SerializeAsAny, field_validator
from torch import Tensor

from surrogate import registry
from surrogate.equations._evolution import frame_times, march, refinement
from surrogate.equations._grids import points_of
from surrogate.fields import Boundary, DataSpec, FieldSpec, Grid, Solutions, Split, Task
from surrogate.solvers.burgers import solve_burgers
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.fourier import interpolate_periodic

DIMENSIONS = 1
BLOCK = 20


class Settings(registry.Settings):
    """The flow, the law of its start, and how it is solved.

    ``initial`` names a sampler. ``frames`` are kept from 0 to ``horizon``, both included, with ``steps`` time steps
    from one to the next, on at least ``resolution`` points. ``tolerance`` bounds the relative error of every frame.
    """

    viscosity: Annotated[float, Field(gt=0)]
    initial: SerializeAsAny[registry.Settings]
    horizon: Annotated[float, Field(gt=0)]
    frames: Annotated[int, Field(ge=2)]
    steps: Annotated[int, Field(ge=2)]
    resolution: Annotated[int, Field(ge=4)]
    tolerance: Annotated[float, Field(gt=0, lt=1)]

    @field_validator("initial", mode="before")
    @classmethod
    def _read_initial(cls, node: Any) -> Any:
        return registry.SAMPLERS.read(node)


def specification(settings: Settings, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes.

    Raises:
        SettingsError: not one axis.
    """
    return DataSpec(
        equation="burgers",
        grid=Grid.box(points_of("burgers", points, DIMENSIONS), "left"),
        boundary=Boundary.uniform("periodic", DIMENSIONS),
        fields=(FieldSpec(name="velocity", unit="1", role="state"),),
        times=frame_times(settings.horizon, settings.frames),
        task=task,
    )


def solve(settings: Settings, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]) -> Solutions:
    """Return the velocities of the samples ``indices`` at the nodes and times of ``specification``.

    The start holds the waves that the grid resolves. ``residual`` is the error bound of
    :func:`surrogate.equations._evolution.march`, ``iterations`` counts the time steps.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    grid = specification.grid
    law = registry.SAMPLERS.module(settings.initial.name)
    start = torch.from_numpy(law.sample(settings.initial, grid, seed, split, indices))
    refine = refinement(grid.points, settings.resolution)
    fine = interpolate_periodic(start, refine, DIMENSIONS)
    intervals = settings.frames - 1
    clock = Clock(intervals, settings.horizon / intervals, settings.steps)

    def run(clock: Clock) -> Tensor:
        return solve_burgers(fine, settings.viscosity, grid.lengths[0], clock)

    frames, bound = march(run, clock, DIMENSIONS, settings.tolerance)
    return Solutions(
        constants=np.empty((len(indices), 0, *grid.points)),
        states=frames[:, :, None, ::refine].contiguous().numpy(),
        residual=bound.numpy(),
        iterations=np.full(len(indices), intervals * settings.steps, dtype=np.int64),
    )
