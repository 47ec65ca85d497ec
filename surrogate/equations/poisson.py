"""The Poisson equation in a unit square, ``-Laplace u + screening u = f``, its values given on the sides."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations._dirichlet_square import (
    DIRICHLET,
    DirichletSquare,
    draw,
    from_finer_elements,
    given,
    refined,
    solved,
    specification_of,
)
from surrogate.equations._equation import Solved
from surrogate.errors import SettingsError
from surrogate.solvers.bilinear_elements import bilinear_elements
from surrogate.solvers.dirichlet_problem import DirichletProblem
from surrogate.solvers.elliptic import diffusion_residual
from surrogate.solvers.poisson import solve_poisson
from surrogate.spaces import DataSpec, Task

__all__ = ["Equation", "draw", "linear_problem", "refined", "residual", "solve", "specification"]


class Equation(DirichletSquare):
    """The laws of forcing and sides; ``screening`` is 0 for the Poisson equation itself."""

    dimensions: ClassVar = 2
    block: ClassVar = 8
    has_linear_problem: ClassVar = True

    screening: Annotated[float, Field(ge=0)]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` cells along each axis.

    Raises:
        SettingsError: a task other than ``map``, or not two axes.
    """
    return specification_of("poisson", points, task)


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the potentials at the centres of the cells that ``inputs``, ``(n, 5, x, y)``, give.

    ``residual`` bounds what is left out of their series, relative.

    Raises:
        SolverError: a sample missed the tolerance; the message says by how much.
    """
    forcing, values = given(inputs)
    potential, left_out = solve_poisson(forcing, values, settings.screening, settings.waves)
    return solved(potential, left_out, settings.tolerance)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return the residual of the five-point stencil on the grid, in the relative H^-1 norm, ``(n,)``.

    ``constants`` is ``(n, 5, x, y)``, ``states`` ``(n, 1, 1, x, y)``; differentiable in both. Solutions leave what
    the grid cannot resolve.
    """
    forcing, values = given(constants)
    x, y = specification.grid.spacing
    return diffusion_residual(
        torch.ones_like(forcing),
        states[:, 0, 0],
        forcing,
        values,
        DIRICHLET,
        (x, y),
        screening=settings.screening,
    )


def linear_problem(settings: Equation, specification: DataSpec, constants: Tensor, refine: int) -> DirichletProblem:
    """Return the five-point stencil on the grid, for ``constants`` ``(n, 5, x, y)``.

    Raises:
        SettingsError: ``refine`` is not 1.
    """
    if refine != 1:
        raise SettingsError(f"refine={refine}: poisson is solved on the grid of its inputs; expected refine=1")
    forcing, values = given(constants)
    x, y = specification.grid.spacing
    return DirichletProblem(torch.ones_like(forcing), forcing, values, settings.screening, (x, y))


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what bilinear finite elements on two smaller widths, extrapolated, make of ``inputs``."""

    def solve_elements(forcing: NDArray[np.float64], nodes: NDArray[np.float64]) -> NDArray[np.float64]:
        n, m = forcing.shape
        return bilinear_elements(np.ones((n, m)), forcing, nodes, (1 / n, 1 / m), settings.screening)

    return from_finer_elements(inputs, solve_elements)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return nothing: what a potential conserves, fluxes through the sides, is not on the grid."""
    return {}
