"""A string or a column of air that swings: ``u_tt = speed^2 u_xx`` on a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations import _line
from surrogate.equations._boxes import continued, residual_box, spectral_grid
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Run, error_bound, refined
from surrogate.equations._line import Line, drift, line_specification, second_line, slope
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.linear_waves import solve_wave
from surrogate.spaces import DataSpec, Grid, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Line):
    """The speed of the waves, whether they start from rest or run towards larger x, and the ends of the line.

    A string is tied at ``dirichlet`` walls and free at ``neumann`` ones.
    """

    dimensions: ClassVar = 1
    order: ClassVar = 1.0
    block: ClassVar = 20
    tried_on: ClassVar = 64

    speed: Annotated[float, Field(gt=0)]
    start: Literal["rest", "running"]
    walls: Literal["periodic", "neumann", "dirichlet"]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes, or cells between walls.

    Raises:
        SettingsError: not one axis.
    """
    symmetries: tuple[Literal["flip"], ...] = ("flip",) if settings.start == "rest" else ()
    return line_specification(settings, points, task, ("displacement", "velocity"), symmetries, settings.walls)


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, 2, x)``: a displacement of the law, and its velocity."""
    both = _line.draw(settings, specification, seed, split, indices)
    moving = settings.start == "running"
    both[:, 1] = -settings.speed * slope(torch.from_numpy(both[:, 0]), specification).numpy() if moving else 0.0
    return both


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the waves that follow the starts ``inputs``, ``(n, 2, x)``, at the times of ``specification``.

    They are exact but for the waves that the grid of the start cannot hold.

    Raises:
        SolverError: a start has more of those than the tolerance; the message holds the share.
    """
    wide = continued(inputs, specification, settings.walls == "dirichlet")
    frames = _run(settings)(wide, wide[:, :0], spectral_grid(specification), settings.clock)
    start = wide[:, None].expand(-1, 2, -1, -1)
    bound = error_bound(start, start, settings.dimensions, settings.tolerance)
    states = torch.cat((inputs[:, None], frames[:, 1:, :, : inputs.shape[-1]]), dim=1)
    return Solved(states, bound, torch.full_like(bound, settings.clock.frames, dtype=torch.int64))


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from becoming the next, relative, ``(n,)``; differentiable in ``states``.

    ``constants`` is ``(n, 0, x)``, ``states`` ``(n, t, 2, x)``.
    """
    return residual_box(_run(settings), settings, specification, constants, states)


def _run(settings: Equation) -> Run:
    def run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_wave(start[:, 0], start[:, 1], settings.speed, grid.lengths[0], clock)

    return run


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the exponential of eighth-order differences makes of ``inputs``, ``(n, t, 2, x)``."""

    def assemble(derivative: _line.Derivative) -> NDArray[np.float64]:
        bend = settings.speed**2 * derivative(2)
        return np.block([[np.zeros_like(bend), np.eye(len(bend))], [bend, np.zeros_like(bend)]])

    return second_line(assemble, lambda u, _: np.zeros_like(u), settings, specification, inputs, 1)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the energy drifts, relative, ``(n,)``."""
    strain = settings.speed * slope(states[:, :, 0], specification)
    energy = (strain.square() + states[:, :, 1].square()).mean(2)
    return {"energy": drift(energy, energy[:, 0])}
