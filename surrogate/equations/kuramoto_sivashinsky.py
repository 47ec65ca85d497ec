"""Kuramoto and Sivashinsky's waves: flames and films that never come to rest, and forget where they came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations import _line
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Run, refined, refinement, residual_periodic, solve_periodic
from surrogate.equations._line import Line, line_specification, mean_drift, second_line
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.fourier import interpolate_periodic
from surrogate.solvers.kuramoto_sivashinsky import solve_kuramoto_sivashinsky
from surrogate.solvers.method_of_lines import difference
from surrogate.spaces import DataSpec, Grid, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Line):
    """The equation, and what comes before the first frame.

    ``u_t + steepening u u_x + growth u_xx + damping u_xxxx = 0`` (``form: conservative``), or
    ``h_t + steepening / 2 h_x^2 + growth h_xx + damping h_xxxx = 0`` (``form: gradient_norm``): the first is the
    second's slope. A draw from ``initial`` flows for ``warm_up`` intervals before it is the start of a sample.
    """

    dimensions: ClassVar = 1
    block: ClassVar = 20
    tried_on: ClassVar = 128

    form: Literal["conservative", "gradient_norm"]
    steepening: float
    growth: float
    damping: Annotated[float, Field(gt=0)]
    warm_up: Annotated[int, Field(ge=0)]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes.

    Raises:
        SettingsError: not one axis.
    """
    if settings.form == "conservative":
        return line_specification(settings, points, task, ("velocity",))
    return line_specification(settings, points, task, ("height",), ("flip",))


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, 1, x)``, as the flow left them after its warm-up."""
    start = _line.draw(settings, specification, seed, split, indices)
    if settings.warm_up == 0:
        return start
    refine = refinement(specification.grid.points, settings.resolution)
    fine = interpolate_periodic(torch.from_numpy(start), refine, 1)
    clock = replace(settings.clock, frames=1, interval=settings.warm_up * settings.clock.interval)
    clock = replace(clock, steps=settings.warm_up * settings.clock.steps)
    warm = _run(settings)(fine, fine[:, :0], specification.grid, clock)[:, -1]
    if settings.form == "gradient_norm":
        warm = warm - warm.mean(-1, keepdim=True)  # a height has no zero, and its mean has sunk far
    return warm[..., ::refine].numpy()


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the waves that follow the starts ``inputs``, ``(n, 1, x)``, at the times of ``specification``.

    Raises:
        SolverError: a sample missed the tolerance in some interval; the message holds the error reached.
    """
    return solve_periodic(_run(settings), settings, specification, inputs, chaotic=True)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from becoming the next, relative, ``(n,)``; differentiable in ``states``.

    ``constants`` is ``(n, 0, x)``, ``states`` ``(n, t, 1, x)``.
    """
    return residual_periodic(_run(settings), settings, specification, constants, states)


def _run(settings: Equation) -> Run:
    numbers = (settings.steepening, settings.growth, settings.damping)

    def run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_kuramoto_sivashinsky(start[:, 0], *numbers, grid.lengths[0], clock, settings.form)[:, :, None]

    return run


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and Lawson's Runge-Kutta steps make of ``inputs``, ``(n, t, 1, x)``."""
    half = settings.steepening / 2

    def steepen(u: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
        if settings.form == "conservative":
            return -half * difference(u**2, 1, spacing, axis=0)
        return -half * difference(u, 1, spacing, axis=0) ** 2

    return second_line(
        lambda derivative: -settings.growth * derivative(2) - settings.damping * derivative(4),
        steepen,
        settings,
        specification,
        inputs,
        2 * settings.steps,
    )


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the mean velocity drifts, relative to the velocity, ``(n,)``; a height sinks as it likes."""
    return {"momentum": mean_drift(states)} if settings.form == "conservative" else {}
