"""The envelope of light or water waves: ``i h_t + dispersion h_xx + focusing |h|^2 h = 0`` on a period."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Run, refined, residual_periodic, solve_periodic
from surrogate.equations._line import Line, draw, drift, line_specification, second_line
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.nonlinear_schroedinger import solve_nonlinear_schroedinger
from surrogate.spaces import DataSpec, Grid, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Line):
    """How waves spread, and how the strong ones draw together (``focusing`` above 0) or push apart.

    Both parts of the start are drawn from ``initial``, independently.
    """

    dimensions: ClassVar = 1
    block: ClassVar = 20
    tried_on: ClassVar = 128

    dispersion: float
    focusing: float


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes.

    Raises:
        SettingsError: not one axis.
    """
    return line_specification(settings, points, task, ("real_part", "imaginary_part"), ("flip",))


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the envelopes that follow the starts ``inputs``, ``(n, 2, x)``, at the times of ``specification``.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    return solve_periodic(_run(settings), settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from becoming the next, relative, ``(n,)``; differentiable in ``states``.

    ``constants`` is ``(n, 0, x)``, ``states`` ``(n, t, 2, x)``.
    """
    return residual_periodic(_run(settings), settings, specification, constants, states)


def _run(settings: Equation) -> Run:
    def run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        numbers = (settings.dispersion, settings.focusing, grid.lengths[0])
        frames = solve_nonlinear_schroedinger(torch.complex(start[:, 0], start[:, 1]), *numbers, clock)
        return torch.stack((frames.real, frames.imag), dim=2)

    return run


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and Lawson's Runge-Kutta steps make of ``inputs``, ``(n, t, 2, x)``."""
    frames = second_line(
        lambda derivative: 1j * settings.dispersion * derivative(2),
        lambda h, _: 1j * settings.focusing * np.abs(h) ** 2 * h,
        settings,
        specification,
        inputs[:, :1] + 1j * inputs[:, 1:],
        settings.steps,
    )
    return np.concatenate((frames.real, frames.imag), axis=2)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the power drifts, relative, ``(n,)``."""
    power = states.square().sum(2).mean(2)
    return {"power": drift(power, power[:, 0])}
