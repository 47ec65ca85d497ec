"""Stirred flow on a torus of period 1, by its vorticity: ``w_t + u . grad w = viscosity Laplace w + f``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Evolution, Run, kept, refined, residual_periodic, solve_periodic
from surrogate.equations._vorticity import flow, flow_specification, mean_vorticity, second_flow
from surrogate.samplers import gaussian
from surrogate.spaces import DataSpec, Grid, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]

STIRRING = 0.1
# sigma^2 of the start, as powers of tau: one paper, its script of 2022, and its script of 2020, which drew complex
# numbers of twice the variance. The data that everybody uses came from the last.
VARIANCES = {"paper": (1.0, 1.5), "script": (1.0, 3.0), "original": (2.0, 3.0)}


class Equation(Evolution):
    """The flow and the law of its start.

    The start is ``N(0, sigma^2 (-Laplace + tau^2)^-alpha)`` with ``sigma^2 = tau^1.5`` (``amplitude: paper``),
    ``tau^3`` (``script``) or ``2 tau^3`` (``original``, the published data).
    """

    dimensions: ClassVar = 2
    block: ClassVar = 4

    viscosity: Annotated[float, Field(gt=0)]
    amplitude: Literal["paper", "script", "original"]
    alpha: Annotated[float, Field(gt=0)]
    tau: Annotated[float, Field(gt=0)]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes along each axis.

    Raises:
        SettingsError: not two axes.
    """
    return flow_specification("navier_stokes", settings, points, task, 1.0)


def initial_vorticity(
    settings: Equation, grid: Grid, seed: int, split: Split, indices: Sequence[int]
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


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, 1, x, y)``: the waves that the solver keeps."""
    start = initial_vorticity(settings, specification.grid, seed, split, indices)
    return kept(settings, specification.grid, start)[:, None]


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the vorticities that follow the starts ``inputs``, ``(n, 1, x, y)``, at the times of ``specification``.

    The flow is stirred by ``f = 0.1 (sin 2 pi (x + y) + cos 2 pi (x + y))``.

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

    def stirring(grid: Grid, constants: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = grid.coordinates()
        return np.sqrt(2) * STIRRING * np.cos(2 * np.pi * np.add.outer(x, y) - np.pi / 4)

    return second_flow(settings.viscosity, stirring, settings, specification, inputs)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the mean vorticity drifts, relative to the vorticity, ``(n,)``."""
    return mean_vorticity(settings, specification, states)


def _run(settings: Equation) -> Run:
    return flow(settings.viscosity, _stirring)


def _stirring(grid: Grid, constants: Tensor) -> Tensor:
    x, y = (torch.from_numpy(axis) for axis in grid.coordinates())
    phase = 2 * torch.pi * (x[:, None] + y)
    return STIRRING * (torch.sin(phase) + torch.cos(phase))
