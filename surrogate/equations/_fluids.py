"""Gases and shallow water, with shocks: their laws, and the fluids that the second method knows."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated

import numpy as np
from pydantic import Field

from surrogate.equations._conservation import ConservationLaw
from surrogate.equations._equation import Array, Positive
from surrogate.solvers.euler import Euler
from surrogate.solvers.shallow_water import ShallowWater
from surrogate.solvers.splitting import Fluid, split_on_cells


class FluidFlow(ConservationLaw):
    """A flow that states its :attr:`law` and, for a second method, its :attr:`fluid`."""

    @property
    @abstractmethod
    def fluid(self) -> Fluid:
        """The same law as the second method knows it."""

    def reference(self, inputs: Array) -> Array:
        """Return what another scheme makes of ``inputs`` on cells half as large, ``(n, t, c, s...)``."""
        how = (self.spec.times, self.grid.spacing, self.sides, 2 * self.refine)
        return np.stack([split_on_cells(self.fluid, start, *how) for start in inputs])


class IdealGas(FluidFlow):
    """A flow of an ideal gas with the ratio ``gamma`` of its specific heats.

    Mass, momentum and energy ``e = p / (gamma - 1) + rho |v|^2 / 2``: ``rho_t + div(rho v) = 0``,
    ``(rho v)_t + div(rho v v) + grad p = 0``, ``e_t + div((e + p) v) = 0``.
    """

    gamma: Annotated[float, Field(gt=1)]

    @property
    def law(self) -> Euler:
        return Euler(self.gamma, self.dimensions)

    @property
    def fluid(self) -> Fluid:
        return Fluid(gamma=self.gamma)


class Water(FluidFlow):
    """A flow of shallow water under ``gravity``, length per time squared.

    Height and momentum: ``h_t + div(h v) = 0``, ``(h v)_t + div(h v v) + grad(gravity h^2 / 2) = 0``.
    """

    gravity: Positive

    @property
    def law(self) -> ShallowWater:
        return ShallowWater(self.gravity, self.dimensions)

    @property
    def fluid(self) -> Fluid:
        return Fluid(gravity=self.gravity)
