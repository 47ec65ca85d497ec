"""The Poisson equation in a unit square, ``-Laplace u + screening u = f``, its values given on the sides."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from surrogate.equations._dirichlet_square import DIRICHLET, DirichletSquare, forcing_and_sides
from surrogate.equations._equation import Array
from surrogate.equations._steady import LinearSteady
from surrogate.equations._variational import Variational
from surrogate.errors import SettingsError
from surrogate.solvers.bilinear_elements import bilinear_elements
from surrogate.solvers.dirichlet_problem import DirichletProblem
from surrogate.solvers.elliptic import Values, diffusion_residual
from surrogate.solvers.flow_energy import flow_energy
from surrogate.solvers.poisson import solve_poisson


class Equation(DirichletSquare, LinearSteady, Variational):
    """The laws of forcing and sides; ``screening`` is 0 for the Poisson equation itself."""

    screening: Annotated[float, Field(ge=0)]

    def series(self, forcing: Tensor, values: Values) -> tuple[Tensor, Tensor]:
        return solve_poisson(forcing, values, self.screening, self.waves)

    def residual(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return the residual of the five-point stencil on the grid, in the relative H^-1 norm, ``(n,)``.

        Solutions leave what the grid cannot resolve.
        """
        forcing, values = forcing_and_sides(constants)
        x, y = self.grid.spacing
        one, potential = torch.ones_like(forcing), states[:, 0, 0]
        return diffusion_residual(one, potential, forcing, values, DIRICHLET, (x, y), screening=self.screening)

    def energy(self, constants: Tensor, states: Tensor) -> Tensor:
        (forcing, values), u = forcing_and_sides(constants), states[:, 0, 0]
        screened = self.screening / 2 * u.square().flatten(1).mean(1)
        return (flow_energy(torch.ones_like(u), u, forcing, self.grid.spacing, values) + screened)[:, None]

    def linear_problem(self, constants: Tensor, refine: int) -> DirichletProblem:
        """Return the five-point stencil on the grid, for ``constants`` ``(n, 5, x, y)``.

        Raises:
            SettingsError: ``refine`` is not 1.
        """
        if refine != 1:
            raise SettingsError(f"refine={refine}: poisson is solved on the grid of its inputs; expected refine=1")
        forcing, values = forcing_and_sides(constants)
        x, y = self.grid.spacing
        return DirichletProblem(torch.ones_like(forcing), forcing, values, self.screening, (x, y))

    def elements(self, forcing: Array, nodes: Array) -> Array:
        n, m = forcing.shape
        return bilinear_elements(np.ones((n, m)), forcing, nodes, (1 / n, 1 / m), self.screening)
