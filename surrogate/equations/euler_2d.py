"""Compressible flow in a box with two axes: an ideal gas without friction, with shocks and layers that roll up."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from surrogate.equations._conservation import ConservationLaw
from surrogate.solvers.euler import Euler
from surrogate.solvers.splitting import Fluid


class Equation(ConservationLaw):
    """A flow of an ideal gas with the ratio ``gamma`` of its specific heats.

    Mass, momentum and energy ``e = p / (gamma - 1) + rho |v|^2 / 2``: ``rho_t + div(rho v) = 0``,
    ``(rho v)_t + div(rho v v) + grad p = 0``, ``e_t + div((e + p) v) = 0``.
    """

    dimensions: ClassVar = 2
    order: ClassVar = 0.5  # of the L2 error where jumps are: not measured, so with room
    block: ClassVar = 2
    tried_on: ClassVar = 24
    states: ClassVar = ("density", "x_velocity", "y_velocity", "pressure")
    conserved: ClassVar = ("mass", "x_momentum", "y_momentum", "energy")
    positive: ClassVar = (0, 3)

    gamma: Annotated[float, Field(gt=1)]

    @property
    def law(self) -> Euler:
        return Euler(self.gamma, self.dimensions)

    @property
    def fluid(self) -> Fluid:
        return Fluid(gamma=self.gamma)
