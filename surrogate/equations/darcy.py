"""Darcy flow: the steady pressure in a porous unit square, ``-div(a grad u) = f``, ``u = 0`` on the boundary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, SerializeAsAny, field_validator
from torch import Tensor

from surrogate import registry
from surrogate.equations._by_module import ByModule
from surrogate.equations._equation import Solved
from surrogate.equations._grids import average, points_of, refinement, spread
from surrogate.errors import SettingsError
from surrogate.solvers.black_box_multigrid import solve_stencil
from surrogate.solvers.darcy import darcy_residual, solve_darcy
from surrogate.solvers.darcy_papers import fno_pressures, pdebench_stencil
from surrogate.solvers.dirichlet_problem import DirichletProblem
from surrogate.solvers.mixed_elements import mixed_elements
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid, Split, Task


class Equation(ByModule):
    """The law of the permeability, and how it is solved.

    ``permeability`` names a sampler. The coefficient is constant on the cells of the grid and solved on cells
    ``refine`` times smaller, at least ``resolution`` along each axis, to the relative residual ``tolerance``; the
    pressure is averaged back. ``match`` solves on the grid itself as a published data set does instead.
    """

    dimensions: ClassVar = 2
    order: ClassVar = 1.0
    block: ClassVar = 4
    has_linear_problem: ClassVar = True
    # Of labels on 16 x 16 cells, whose own equation cannot hold what the smaller cells of the solver do.
    labels_leave: ClassVar = 0.2

    permeability: SerializeAsAny[registry.Settings]
    forcing: Annotated[float, Field(gt=0)]
    refine: Annotated[int, Field(ge=1)]
    resolution: Annotated[int, Field(ge=1)]
    match: Literal["fno", "pdebench"] | None

    @field_validator("permeability", mode="before")
    @classmethod
    def _read_permeability(cls, node: Any) -> Any:
        return registry.SAMPLERS.read(node)

    @property
    def fineness(self) -> int:
        return max(self.refine, refinement(self.grid.points, self.resolution))

    @property
    def cells(self) -> int:
        return math.prod(self.refine * n for n in self.grid.points)

    @property
    def matched(self) -> str | None:
        return self.match

    def unmatched(self) -> Self:
        return self.model_copy(update={"match": None})


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` cells along each axis.

    Raises:
        SettingsError: a task other than ``map``, or not two axes.
    """
    if task != "map":
        raise SettingsError(f"task: darcy is steady, expected 'map', got '{task}'")
    return DataSpec(
        equation="darcy",
        grid=Grid.box(points_of("darcy", points, settings.dimensions), "cells"),
        boundary=Boundary.uniform("dirichlet", settings.dimensions),
        fields=(
            FieldSpec(name="permeability", unit="1", role="constant"),
            FieldSpec(name="pressure", unit="1", role="state"),
        ),
        times=(0.0,),
        task=task,
        symmetries=getattr(registry.SAMPLERS.module(settings.permeability.name), "SYMMETRIES", ("flip", "transpose")),
    )


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the permeabilities of the samples ``indices``, ``(n, 1, x, y)``."""
    law = registry.SAMPLERS.module(settings.permeability.name)
    permeability: NDArray[np.float64] = law.sample(settings.permeability, specification.grid, seed, split, indices)
    return permeability[:, None]


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the pressures that the permeabilities ``inputs``, ``(n, 1, x, y)``, allow.

    The pressure of a cell is its mean over the cell. ``residual`` is that of the linear system on the smaller cells.

    Raises:
        SettingsError: the script of the FNO authors on a grid that is not square.
        SolverError: a sample missed the tolerance; the message holds the residual reached.
    """
    permeability, (x, y) = inputs[:, 0], specification.grid.spacing
    if settings.match == "fno":
        return _as_fno(settings, specification, permeability)
    if settings.match == "pdebench":
        right = torch.full_like(permeability, settings.forcing * x * y)
        solved = solve_stencil(pdebench_stencil(permeability, (x, y)), right, settings.tolerance)
        return Solved(solved[0][:, None, None], *solved[1:])
    refine = _refinement(settings, specification)
    cells = spread(permeability, refine)
    forcing = torch.full_like(cells, settings.forcing)
    pressure, residual, iterations = solve_darcy(cells, forcing, (x / refine, y / refine), settings.tolerance)
    return Solved(average(pressure, refine)[:, None, None], residual, iterations)


def _refinement(settings: Equation, specification: DataSpec) -> int:
    return max(settings.refine, refinement(specification.grid.points, settings.resolution))


def _as_fno(settings: Equation, specification: DataSpec, permeability: Tensor) -> Solved:
    n, m = specification.grid.points
    if n != m:
        raise SettingsError(f"grid: match=fno needs equal axes, got {[n, m]}")
    direct = permeability.new_full((len(permeability),), torch.finfo(permeability.dtype).eps)
    iterations = torch.ones(len(permeability), dtype=torch.int64, device=permeability.device)
    return Solved(fno_pressures(permeability, settings.forcing)[:, None, None], direct, iterations)


def refined(settings: Equation, specification: DataSpec, space: int, time: int) -> Equation:
    """Return the settings with cells ``space`` times smaller along each axis; a steady flow has no time.

    What refines the discretisation of a paper is the equation itself.
    """
    match = settings.match if space == 1 else None
    return settings.model_copy(update={"refine": space * _refinement(settings, specification), "match": match})


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return the residual of the discrete equation on the grid itself, in the relative H^-1 norm, ``(n,)``.

    ``constants`` is ``(n, 1, x, y)``, ``states`` ``(n, 1, 1, x, y)``; differentiable in both. Solutions made with
    ``refine = 1`` leave rounding; those made with more leave what the grid cannot resolve.
    """
    x, y = specification.grid.spacing
    permeability = constants[:, 0]
    return darcy_residual(permeability, states[:, 0, 0], torch.full_like(permeability, settings.forcing), (x, y))


def linear_problem(settings: Equation, specification: DataSpec, constants: Tensor, refine: int) -> DirichletProblem:
    """Return the equation on cells ``refine`` times smaller than those of the grid, for ``constants`` ``(n, 1, x, y)``.

    Raises:
        SettingsError: the data are those of a published script, which solves another system.
    """
    if settings.match is not None:
        raise SettingsError(f"match={settings.match}: the data solve the system of a published script; expected null")
    cells = spread(constants[:, 0], refine)
    n, m = (width / refine for width in specification.grid.spacing)
    zero_x, zero_y = cells.new_zeros(len(cells), cells.shape[2]), cells.new_zeros(len(cells), cells.shape[1])
    forcing = torch.full_like(cells, settings.forcing)
    return DirichletProblem(cells, forcing, (zero_x, zero_x, zero_y, zero_y), 0.0, (n, m))


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what mixed elements make of the permeabilities ``inputs``, ``(n, 1, x, y)``, as states.

    On cells twice as wide as those of the solver they are as accurate, and err to the same side as harmonic means:
    labels made with arithmetic means, which err to the other, are far from both.
    """
    refine = max(1, _refinement(settings, specification) // 2)
    n, m = specification.grid.points
    x, y = specification.grid.spacing
    means = []
    for cells in inputs[:, 0]:
        fine = mixed_elements(np.kron(cells, np.ones((refine, refine))), settings.forcing, (x / refine, y / refine))
        means.append(fine.reshape(n, refine, m, refine).mean((1, 3)))
    return np.stack(means)[:, None, None]


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return by how much the pressure leaves its bounds, relative to the upper one, ``(n,)``.

    It is positive, and nowhere higher than in the middle of a disc of the same area and the lowest permeability
    (Talenti 1976, Elliptic equations and rearrangements).
    """
    area = float(np.prod(specification.grid.lengths))
    highest = settings.forcing * area / (4 * torch.pi * constants.amin((1, 2, 3)))
    return {
        "positive pressure": (-states.amin((1, 2, 3, 4))).clamp(min=0) / highest,
        "highest pressure": (states.amax((1, 2, 3, 4)) - highest).clamp(min=0) / highest,
    }
