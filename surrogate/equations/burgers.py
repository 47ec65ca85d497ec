"""Burgers flow: a velocity that carries itself, ``u_t + u u_x = viscosity u_xx``, with period 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from pydantic import Field, SerializeAsAny, field_validator
from torch import Tensor

from surrogate import registry
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Evolution, Run, kept, refined, refinement, residual_periodic, solve_periodic
from surrogate.equations._grids import points_of
from surrogate.equations._line import mean_drift
from surrogate.solvers.burgers import solve_burgers
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.method_of_lines import difference, integrate_lines, resample
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Evolution):
    """The viscosity of the flow and the law of its start; ``initial`` names a sampler."""

    dimensions: ClassVar = 1
    block: ClassVar = 20
    tried_on: ClassVar = 128

    viscosity: Annotated[float, Field(gt=0)]
    initial: SerializeAsAny[registry.Settings]

    @field_validator("initial", mode="before")
    @classmethod
    def _read_initial(cls, node: Any) -> Any:
        return registry.SAMPLERS.read(node)


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes.

    Raises:
        SettingsError: not one axis.
    """
    return DataSpec(
        equation="burgers",
        grid=Grid.box(points_of("burgers", points, settings.dimensions), "left"),
        boundary=Boundary.uniform("periodic", settings.dimensions),
        fields=(FieldSpec(name="velocity", unit="1", role="state"),),
        times=settings.times,
        task=task,
    )


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, 1, x)``: the waves that the solver keeps."""
    law = registry.SAMPLERS.module(settings.initial.name)
    start: NDArray[np.float64] = law.sample(settings.initial, specification.grid, seed, split, indices)
    return kept(settings, specification.grid, start)[:, None]


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the velocities that follow the starts ``inputs``, ``(n, 1, x)``, at the times of ``specification``.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    return solve_periodic(_run(settings), settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from flowing into the next, relative, ``(n,)``; differentiable in ``states``.

    ``constants`` is ``(n, 0, x)``, ``states`` ``(n, t, 1, x)``.
    """
    return residual_periodic(_run(settings), settings, specification, constants, states)


def _run(settings: Equation) -> Run:
    def run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_burgers(start[:, 0], settings.viscosity, grid.lengths[0], clock)[:, :, None]

    return run


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and SciPy's BDF make of ``inputs``, ``(n, t, 1, x)``."""
    refine = refinement(specification.grid.points, settings.resolution)
    points = refine * specification.grid.points[0]
    spacing = specification.grid.lengths[0] / points
    near = [offset % points - points * wrap for offset in range(-4, 5) for wrap in (0, 1)]
    sparsity = scipy.sparse.diags_array(np.ones(len(near)), offsets=near, shape=(points, points))

    def tendency(u: NDArray[np.float64]) -> NDArray[np.float64]:
        return settings.viscosity * difference(u, 2, spacing) - difference(u**2 / 2, 1, spacing)

    starts = resample(inputs[:, 0], (points,))
    flows = [integrate_lines(tendency, start, settings.times, 1e-8, "BDF", sparsity) for start in starts]
    return np.stack(flows)[:, :, None, ::refine]


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the momentum drifts, and by how much the largest speed grows, relative to that speed, ``(n,)``."""
    speed = states.abs().amax((2, 3))
    largest = speed[:, 0]
    return {"momentum": mean_drift(states), "maximum principle": (speed.amax(1) - largest).clamp(min=0) / largest}
