"""Darcy flow in a porous unit cube: ``-div(a grad u) = f``, ``u = 0`` on the boundary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, SerializeAsAny, field_validator
from torch import Tensor

from surrogate import registry
from surrogate.equations._by_module import ByModule
from surrogate.equations._cube import cube_specification
from surrogate.equations._equation import Solved
from surrogate.equations._grids import average, spread
from surrogate.solvers.mixed_elements import mixed_elements
from surrogate.solvers.multigrid_3d import box_residual, solve_box
from surrogate.spaces import DataSpec, Split, Task


class Equation(ByModule):
    """The law of the permeability, which names a sampler, and how it is solved.

    The coefficient is constant on the cells of the grid and solved on cells ``refine`` times smaller, to the relative
    residual ``tolerance``; the pressure is averaged back.
    """

    dimensions: ClassVar = 3
    order: ClassVar = 1.0
    block: ClassVar = 1
    tried_on: ClassVar = 12

    permeability: SerializeAsAny[registry.Settings]
    forcing: Annotated[float, Field(gt=0)]
    refine: Annotated[int, Field(ge=1)]

    @field_validator("permeability", mode="before")
    @classmethod
    def _read_permeability(cls, node: Any) -> Any:
        return registry.SAMPLERS.read(node)

    @property
    def fineness(self) -> int:
        return self.refine

    @property
    def cells(self) -> int:
        return math.prod(self.refine * n for n in self.grid.points)


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` cells along each axis."""
    return cube_specification("darcy_3d", points, task, "permeability", "pressure")


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the permeabilities of the samples ``indices``, ``(n, 1, x, y, z)``."""
    law = registry.SAMPLERS.module(settings.permeability.name)
    permeability: NDArray[np.float64] = law.sample(settings.permeability, specification.grid, seed, split, indices)
    return permeability[:, None]


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the mean pressures of the cells that the permeabilities ``inputs``, ``(n, 1, x, y, z)``, allow.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the residual reached.
    """
    fine = spread(inputs[:, 0], settings.refine)
    spacing = tuple(width / settings.refine for width in specification.grid.spacing)
    found = solve_box(fine, torch.full_like(fine, settings.forcing), spacing, settings.tolerance)
    return Solved(average(found[0], settings.refine)[:, None, None], *found[1:])


def refined(settings: Equation, specification: DataSpec, space: int, time: int) -> Equation:
    """Return the settings with cells ``space`` times smaller along each axis; a steady flow has no time."""
    return settings.model_copy(update={"refine": space * settings.refine})


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return the residual of the discrete equation on the grid itself, in the relative H^-1 norm, ``(n,)``.

    ``constants`` is ``(n, 1, x, y, z)``, ``states`` ``(n, 1, 1, x, y, z)``; differentiable in both.
    """
    permeability = constants[:, 0]
    forcing = torch.full_like(permeability, settings.forcing)
    return box_residual(permeability, states[:, 0, 0], forcing, specification.grid.spacing)


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what mixed elements, one to a cell of the grid, make of ``inputs``, ``(n, 1, x, y, z)``, as states."""
    found = [mixed_elements(cells, settings.forcing, specification.grid.spacing) for cells in inputs[:, 0]]
    return np.stack(found)[:, None, None]


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return by how much the pressure leaves its bounds, relative to the upper one, ``(n,)``.

    It is positive, and nowhere higher than in the middle of a ball of the same volume and the lowest permeability
    (Talenti 1976, Elliptic equations and rearrangements).
    """
    radius = (3 * float(np.prod(specification.grid.lengths)) / (4 * np.pi)) ** (1 / 3)
    highest = settings.forcing * radius**2 / (6 * constants.flatten(1).amin(1))
    pressure = states.flatten(1)
    return {
        "positive pressure": (-pressure.amin(1)).clamp(min=0) / highest,
        "highest pressure": (pressure.amax(1) - highest).clamp(min=0) / highest,
    }
