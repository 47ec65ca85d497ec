"""Steady diffusion with a conductivity that grows with the solution, ``div((1 + strength u^2) grad u) = f``."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from surrogate.equations._dirichlet_square import DIRICHLET, DirichletSquare, forcing_and_sides
from surrogate.equations._equation import Array, Positive
from surrogate.errors import SolverError
from surrogate.solvers.bilinear_elements import bilinear_elements, cell_means
from surrogate.solvers.elliptic import Values, diffusion_residual
from surrogate.solvers.nonlinear_poisson import flux_potential, solve_nonlinear_poisson

# Of the second method: each step is to change the solution by less than this in the end.
_STEADY, _MOST_STEPS = 5e-6, 60


class Equation(DirichletSquare):
    """The laws of forcing and sides, and the ``strength`` of the nonlinearity."""

    strength: Positive

    def series(self, forcing: Tensor, values: Values) -> tuple[Tensor, Tensor]:
        return solve_nonlinear_poisson(forcing, values, self.strength, self.waves)

    def residual(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return the residual of the five-point stencil of the flux potential, in the relative H^-1 norm, ``(n,)``.

        Solutions leave what the grid cannot resolve.
        """
        forcing, values = forcing_and_sides(constants)
        west, east, south, north = (flux_potential(value, self.strength) for value in values)
        x, y = self.grid.spacing
        one, potential = torch.ones_like(forcing), flux_potential(states[:, 0, 0], self.strength)
        sides = (west, east, south, north)
        return diffusion_residual(one, potential, -forcing, sides, DIRICHLET, (x, y), screening=0.0)

    def elements(self, forcing: Array, nodes: Array) -> Array:
        """Return the values of the nodes; each step takes the conductivity of the last (Picard)."""
        n, m = forcing.shape
        conductivity = np.ones_like(forcing)
        potential = np.zeros((n + 1, m + 1))
        for _ in range(_MOST_STEPS):
            before = potential
            potential = bilinear_elements(conductivity, -forcing, nodes, (1 / n, 1 / m), 0.0)
            if np.linalg.norm(potential - before) <= _STEADY * np.linalg.norm(potential):
                return potential
            conductivity = 1 + self.strength * cell_means(potential) ** 2
        raise SolverError(f"nonlinear_poisson: the second method does not settle in {_MOST_STEPS} steps")
