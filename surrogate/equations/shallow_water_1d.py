"""Shallow water in a canal with a flat bed: waves that break, and no friction."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from surrogate.equations._conservation import ConservationLaw
from surrogate.solvers.shallow_water import ShallowWater
from surrogate.solvers.splitting import Fluid


class Equation(ConservationLaw):
    """A flow of water under ``gravity``, length per time squared.

    Height and momentum: ``h_t + div(h v) = 0``, ``(h v)_t + div(h v v) + grad(gravity h^2 / 2) = 0``.
    """

    dimensions: ClassVar = 1
    order: ClassVar = 0.7  # of the L2 error where jumps are: measured, benchmarks/certificate_bounds.py
    block: ClassVar = 10
    tried_on: ClassVar = 64
    states: ClassVar = ("height", "velocity")
    conserved: ClassVar = ("mass", "momentum")
    positive: ClassVar = (0,)

    gravity: Annotated[float, Field(gt=0)]

    @property
    def law(self) -> ShallowWater:
        return ShallowWater(self.gravity, self.dimensions)

    @property
    def fluid(self) -> Fluid:
        return Fluid(gravity=self.gravity)
