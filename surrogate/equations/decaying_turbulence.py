"""Turbulence left to itself in a periodic sheet: ``w_t + u . grad w = viscosity Laplace w``, eddies that merge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Evolution, Run, kept, refined, residual_periodic, solve_periodic
from surrogate.equations._vorticity import filtered, flow, flow_specification, mean_vorticity, second_flow
from surrogate.samplers import gaussian
from surrogate.spaces import DataSpec, Grid, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]

LENGTH = 2 * np.pi
# Waves over which the mean energy of the law is counted, along each axis; those beyond hold less than one percent.
COUNTED = 512


class Equation(Evolution):
    """The flow and the law of its start.

    The start is Gaussian. The waves of length ``2 pi / k`` hold kinetic energy in proportion to
    ``k / (1 + (k / peak)^4)``, and all of them ``energy`` per mass, on the mean over samples.
    """

    dimensions: ClassVar = 2
    block: ClassVar = 4
    tried_on: ClassVar = 32

    viscosity: Annotated[float, Field(gt=0)]
    energy: Annotated[float, Field(gt=0)]
    peak: Annotated[float, Field(gt=0)]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes along each axis.

    Raises:
        SettingsError: not two axes.
    """
    return flow_specification("decaying_turbulence", settings, points, task, LENGTH)


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, 1, x, y)``: the waves that the solver keeps."""
    grid = specification.grid
    law = gaussian.Settings(name="gaussian", boundary="periodic", sigma=LENGTH, alpha=2.0, tau=1.0)
    plain = gaussian.sample(law, grid, seed, split, indices)

    def energy(square: NDArray[np.float64]) -> NDArray[np.float64]:
        return 1 / (1 + (square / settings.peak**2) ** 2)  # of each of some 2 pi k waves

    axis = np.arange(-COUNTED, COUNTED + 1.0) ** 2
    scale = settings.energy / (energy(np.add.outer(axis, axis)).sum() - 1)  # the mean holds none
    # Energy is |w|^2 / (2 k^2), and the waves of ``plain`` have the variance (k^2 + 1)^-2.
    start = filtered(plain, lambda square: np.sqrt(2 * square * scale * energy(square)) * (square + 1))
    return kept(settings, grid, start)[:, None]


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the vorticities that follow the starts ``inputs``, ``(n, 1, x, y)``, at the times of ``specification``.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    return solve_periodic(_run(settings), settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from flowing into the next, relative, ``(n,)``; differentiable in ``states``.

    ``constants`` is ``(n, 0, x, y)``, ``states`` ``(n, t, 1, x, y)``.
    """
    return residual_periodic(_run(settings), settings, specification, constants, states)


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and SciPy's DOP853 make of ``inputs``, ``(n, t, 1, x, y)``."""
    return second_flow(settings.viscosity, lambda grid, _: np.zeros(grid.points), settings, specification, inputs)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the mean vorticity drifts, relative to the vorticity, ``(n,)``."""
    return mean_vorticity(settings, specification, states)


def _run(settings: Equation) -> Run:
    def nothing(grid: Grid, constants: Tensor) -> Tensor:
        return torch.zeros(grid.points)

    return flow(settings.viscosity, nothing)
