"""Steady diffusion with a conductivity that grows with the solution, ``div((1 + strength u^2) grad u) = f``."""

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
from surrogate.errors import SolverError
from surrogate.solvers.bilinear_elements import bilinear_elements, cell_means
from surrogate.solvers.elliptic import diffusion_residual
from surrogate.solvers.nonlinear_poisson import flux_potential, solve_nonlinear_poisson
from surrogate.spaces import DataSpec, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]

# Of the second method: each step is to change the solution by less than this in the end.
_STEADY, _MOST_STEPS = 5e-6, 60


class Equation(DirichletSquare):
    """The laws of forcing and sides, and the ``strength`` of the nonlinearity."""

    dimensions: ClassVar = 2
    block: ClassVar = 8

    strength: Annotated[float, Field(gt=0)]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` cells along each axis.

    Raises:
        SettingsError: a task other than ``map``, or not two axes.
    """
    return specification_of("nonlinear_poisson", points, task)


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the potentials at the centres of the cells that ``inputs``, ``(n, 5, x, y)``, give.

    ``residual`` bounds what is left out of the series of the flux potential, relative.

    Raises:
        SolverError: a sample missed the tolerance; the message says by how much.
    """
    forcing, values = given(inputs)
    potential, left_out = solve_nonlinear_poisson(forcing, values, settings.strength, settings.waves)
    return solved(potential, left_out, settings.tolerance)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return the residual of the five-point stencil of the flux potential, in the relative H^-1 norm, ``(n,)``.

    ``constants`` is ``(n, 5, x, y)``, ``states`` ``(n, 1, 1, x, y)``; differentiable in both. Solutions leave what
    the grid cannot resolve.
    """
    forcing, values = given(constants)
    west, east, south, north = (flux_potential(value, settings.strength) for value in values)
    x, y = specification.grid.spacing
    return diffusion_residual(
        torch.ones_like(forcing),
        flux_potential(states[:, 0, 0], settings.strength),
        -forcing,
        (west, east, south, north),
        DIRICHLET,
        (x, y),
        screening=0.0,
    )


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what bilinear finite elements of two smaller widths, extrapolated, make of ``inputs``.

    The conductivity is that of the last solution, in the middle of each element, until nothing changes (Picard).
    """

    def solve_elements(forcing: NDArray[np.float64], nodes: NDArray[np.float64]) -> NDArray[np.float64]:
        n, m = forcing.shape
        conductivity = np.ones_like(forcing)
        found = np.zeros((n + 1, m + 1))
        for _ in range(_MOST_STEPS):
            before = found
            found = bilinear_elements(conductivity, -forcing, nodes, (1 / n, 1 / m), 0.0)
            if np.linalg.norm(found - before) <= _STEADY * np.linalg.norm(found):
                return found
            conductivity = 1 + settings.strength * cell_means(found) ** 2
        raise SolverError(f"nonlinear_poisson: the second method does not settle in {_MOST_STEPS} steps")

    return from_finer_elements(inputs, solve_elements)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return nothing: what a potential conserves, fluxes through the sides, is not on the grid."""
    return {}
