"""Flow on a torus, stirred differently in every sample: ``w_t + u . grad w = viscosity Laplace w + f``, from ``f``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
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
# The start that all samples share, drawn as the stirrings are, at an index that no data set reaches.
START_SEED, START_INDEX = 0, 2**56 - 1


class Equation(Evolution):
    """The flow and the law of its stirring, the curl of a force: ``N(0, (-Laplace + tau^2)^-alpha)``.

    Waves longer than ``cutoff``, in radians per length, are left out. The start is one more draw of that law, the same
    for all samples and seeds.
    """

    dimensions: ClassVar = 2
    block: ClassVar = 4

    viscosity: Annotated[float, Field(gt=0)]
    alpha: Annotated[float, Field(gt=0)]
    tau: Annotated[float, Field(gt=0)]
    cutoff: Annotated[float, Field(ge=1)]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes along each axis.

    Raises:
        SettingsError: not two axes.
    """
    return flow_specification("navier_stokes_forcing", settings, points, task, LENGTH, ("forcing",))


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the stirrings of the samples ``indices`` and the start of all, ``(n, 2, x, y)``."""
    law = gaussian.Settings(name="gaussian", boundary="periodic", sigma=1.0, alpha=settings.alpha, tau=settings.tau)
    grid = specification.grid
    stirring = gaussian.sample(law, grid, seed, split, indices)
    start = gaussian.sample(law, grid, START_SEED, "train", [START_INDEX])
    fields = np.stack((stirring, np.broadcast_to(start, stirring.shape)), axis=1)
    within = filtered(fields, lambda square: np.where(square <= settings.cutoff**2, 1.0, 0.0))
    return kept(settings, grid, within)


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the vorticities that follow stirring and start, ``inputs``, ``(n, 2, x, y)``.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    return solve_periodic(_run(settings), settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from flowing into the next, relative, ``(n,)``; differentiable in both.

    ``constants`` is the stirring, ``(n, 1, x, y)``, ``states`` ``(n, t, 1, x, y)``.
    """
    return residual_periodic(_run(settings), settings, specification, constants, states)


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and SciPy's DOP853 make of ``inputs``, ``(n, t, 1, x, y)``."""
    return second_flow(settings.viscosity, lambda _, constants: constants[0], settings, specification, inputs)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the mean vorticity drifts, relative to the vorticity, ``(n,)``."""
    return mean_vorticity(settings, specification, states)


def _run(settings: Equation) -> Run:
    def stirring(grid: Grid, constants: Tensor) -> Tensor:
        return constants[:, 0]

    return flow(settings.viscosity, stirring)
