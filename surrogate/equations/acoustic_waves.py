"""Waves in a square whose speed varies from place to place, ``u_tt = speed(x, y)^2 Laplace u``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, SerializeAsAny, field_validator
from torch import Tensor

from surrogate import registry
from surrogate.equations._boxes import (
    Started,
    Walls,
    box_specification,
    draw_fields,
    kept_on_box,
    residual_box,
    solve_box,
)
from surrogate.equations._energy import drift, laplacian_of
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import refined
from surrogate.equations._second import by_lines, sides_of
from surrogate.solvers.box_differences import laplacian
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.varying_media import solve_acoustics
from surrogate.spaces import DataSpec, Grid, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Started):
    """The law of the speed, and what the sides of the square are; ``initial`` draws the displacement, at rest.

    The speed is ``typical_speed`` times the exponential of a draw of ``log_speed``. The sides are held
    (``dirichlet``), let go (``neumann``), or none at all (``periodic``).
    """

    dimensions: ClassVar = 2
    order: ClassVar = 1.0
    block: ClassVar = 4
    tried_on: ClassVar = 32

    typical_speed: Annotated[float, Field(gt=0)]
    log_speed: SerializeAsAny[registry.Settings]
    walls: Walls

    @field_validator("log_speed", mode="before")
    @classmethod
    def _read_law(cls, node: Any) -> Any:
        return registry.SAMPLERS.read(node)


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` along each axis: cells between walls, else periodic nodes.

    Raises:
        SettingsError: not two axes.
    """
    names = ("displacement", "velocity")
    return box_specification(
        settings, settings.length, points, task, settings.dimensions, names, settings.walls, ("speed",)
    )


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return speed, displacement and velocity of the samples ``indices``, ``(n, 3, x, y)``: the waves that are kept."""
    law = registry.SAMPLERS.module(settings.log_speed.name)
    numbers = [2 * index for index in indices]
    exponent = law.sample(settings.log_speed, specification.grid, seed, split, numbers)[:, None]
    speed = kept_on_box(settings, specification, settings.typical_speed * np.exp(exponent), constant=True)
    displacement = draw_fields(settings.initial, settings, specification, seed, split, indices, (1, 2))
    return np.concatenate((speed, displacement, np.zeros_like(displacement)), axis=1)


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return displacement and velocity that follow the ``inputs``, ``(n, 3, x, y)``, at the times of the frames.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    return solve_box(_run, settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from becoming the next, relative, ``(n,)``; differentiable in both fields.

    ``constants`` is ``(n, 1, x, y)``, ``states`` ``(n, t, 2, x, y)``.
    """
    return residual_box(_run, settings, specification, constants, states)


def _run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
    return solve_acoustics(start, constants[:, 0], grid.lengths, clock)


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and SciPy's DOP853 make of ``inputs``, ``(n, t, 2, x, y)``."""

    def tendency(
        fields: NDArray[np.float64], constants: NDArray[np.float64], spacing: Sequence[float]
    ) -> NDArray[np.float64]:
        return np.stack((fields[1], constants[0] ** 2 * laplacian(fields[0], spacing, sides_of(specification))))

    return by_lines(tendency, settings, specification, inputs)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the energy drifts, the mean of ``(v / speed)^2 + |grad u|^2``, relative to itself, ``(n,)``."""
    u, v = states.unbind(2)
    swing = (v / constants[:, :1]).square()
    energy = (swing - u * laplacian_of(u, specification)).flatten(2).mean(2)
    return {"energy": drift(energy, energy[:, 0])}
