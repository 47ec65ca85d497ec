"""FitzHugh-Nagumo on a square that nothing leaves: an activator ``u`` and its inhibitor ``v``.

``u_t = diffusion_u Laplace u + u - u^3 - offset - v`` and ``v_t = diffusion_v Laplace v + u - v``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations._boxes import Started, box_specification, draw_fields, residual_box, solve_box
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Run, refined
from surrogate.equations._second import by_lines
from surrogate.solvers.box_differences import laplacian
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.reacting_fields import solve_reacting
from surrogate.spaces import DataSpec, Grid, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Started):
    """The two diffusivities and the offset; both fields start as independent draws of ``initial``."""

    dimensions: ClassVar = 2
    block: ClassVar = 2
    tried_on: ClassVar = 32

    diffusion_u: Annotated[float, Field(gt=0)]
    diffusion_v: Annotated[float, Field(gt=0)]
    offset: float


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` cells along each axis, with walls without flux.

    Raises:
        SettingsError: not two axes.
    """
    return box_specification(
        settings, settings.length, points, task, settings.dimensions, ("activator", "inhibitor"), "neumann"
    )


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, 2, x, y)``: the waves that the solver keeps."""
    fields = [
        draw_fields(settings.initial, settings, specification, seed, split, indices, (part, 2)) for part in (0, 1)
    ]
    return np.concatenate(fields, axis=1)


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return both fields as they follow the starts ``inputs``, ``(n, 2, x, y)``, at the times of ``specification``.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    return solve_box(_run(settings), settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from becoming the next, relative, ``(n,)``; differentiable in ``states``.

    ``constants`` is ``(n, 0, x, y)``, ``states`` ``(n, t, 2, x, y)``.
    """
    return residual_box(_run(settings), settings, specification, constants, states)


def _run(settings: Equation) -> Run:
    def linear(laplace: Tensor) -> Tensor:
        return torch.stack((settings.diffusion_u * laplace + 1, settings.diffusion_v * laplace - 1))

    def reaction(fields: Tensor) -> Tensor:
        u, v = fields.unbind(1)
        return torch.stack((-(u**3) - settings.offset - v, u), dim=1)

    def run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_reacting(start, grid.lengths, clock, linear, reaction)

    return run


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and SciPy's DOP853 make of ``inputs``, ``(n, t, 2, x, y)``."""

    def tendency(
        fields: NDArray[np.float64], constants: NDArray[np.float64], spacing: Sequence[float]
    ) -> NDArray[np.float64]:
        u, v = fields
        spread_u, spread_v = laplacian(fields, spacing, "neumann")
        change_u = settings.diffusion_u * spread_u + u - u**3 - settings.offset - v
        return np.stack((change_u, settings.diffusion_v * spread_v + u - v))

    return by_lines(tendency, settings, specification, inputs, 1e-6)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return by how much either field leaves a box that no solution leaves, relative to its size, ``(n,)``.

    Where ``|u| = m`` and ``|v| <= m``, ``u`` returns once ``m^3 >= 2 m + |offset|``: ``m^2 >= 2 + |offset|`` and
    ``m >= 1`` are enough; where ``|v| = m``, ``v`` returns as ``|u| <= m``.
    """
    size = states.flatten(2).abs().amax(2)
    limit = size[:, 0].clamp(min=(2 + abs(settings.offset)) ** 0.5)
    return {"invariant region": (size.amax(1) - limit).clamp(min=0) / limit}
