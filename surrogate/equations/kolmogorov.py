"""Kolmogorov flow: a periodic sheet driven by a sine of shear, ``w_t + u . grad w = Laplace w / Re - m cos(m y)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, SerializeAsAny, field_validator
from torch import Tensor

from surrogate import registry
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Evolution, Run, kept, refined, residual_periodic, solve_periodic
from surrogate.equations._vorticity import flow, flow_specification, mean_vorticity, second_flow
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.method_of_lines import resample
from surrogate.spaces import DataSpec, Grid, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]

LENGTH = 2 * np.pi


class Equation(Evolution):
    """The flow, driven by ``sin(wavenumber y)`` along x, and the law of its start.

    A sample of ``initial`` flows for a time ``spin_up``, on half of the points with steps four times as long;
    what has become of it is the start. ``tolerance`` bounds the error that an interval adds, as the flow is chaotic.
    """

    dimensions: ClassVar = 2
    block: ClassVar = 4

    reynolds: Annotated[float, Field(gt=0)]
    wavenumber: Annotated[int, Field(ge=1)]
    spin_up: Annotated[float, Field(gt=0)]
    initial: SerializeAsAny[registry.Settings]

    @field_validator("initial", mode="before")
    @classmethod
    def _read_initial(cls, node: Any) -> Any:
        return registry.SAMPLERS.read(node)


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes along each axis.

    Raises:
        SettingsError: not two axes.
    """
    return flow_specification("kolmogorov", settings, points, task, LENGTH)


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, 1, x, y)``, after their spin-up."""
    grid = Grid.box((settings.resolution // 2,) * settings.dimensions, "left", LENGTH)
    law = registry.SAMPLERS.module(settings.initial.name)
    still = torch.from_numpy(kept(settings, grid, law.sample(settings.initial, grid, seed, split, indices)))
    steps = round(settings.spin_up / (4 * settings.clock.step))
    spun = _run(settings)(still[:, None], still[:, None, :0], grid, Clock(1, settings.spin_up, max(1, steps)))
    return kept(settings, specification.grid, resample(spun[:, 1, 0].numpy(), specification.grid.points))[:, None]


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the vorticities that follow the starts ``inputs``, ``(n, 1, x, y)``, at the times of ``specification``.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    return solve_periodic(_run(settings), settings, specification, inputs, chaotic=True)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from flowing into the next, relative, ``(n,)``; differentiable in ``states``.

    ``constants`` is ``(n, 0, x, y)``, ``states`` ``(n, t, 1, x, y)``.
    """
    return residual_periodic(_run(settings), settings, specification, constants, states)


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and SciPy's DOP853 make of ``inputs``, ``(n, t, 1, x, y)``."""
    m = settings.wavenumber

    def drive(grid: Grid, constants: NDArray[np.float64]) -> NDArray[np.float64]:
        return m * np.sin(m * grid.coordinates()[1] - np.pi / 2)

    return second_flow(1 / settings.reynolds, drive, settings, specification, inputs)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the mean vorticity drifts, relative to the vorticity, ``(n,)``."""
    return mean_vorticity(settings, specification, states)


def _run(settings: Equation) -> Run:
    m = settings.wavenumber

    def drive(grid: Grid, constants: Tensor) -> Tensor:
        return -m * torch.cos(m * torch.from_numpy(grid.coordinates()[1])).expand(grid.points)

    return flow(1 / settings.reynolds, drive)
