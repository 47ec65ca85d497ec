"""Compressible flow in a box with two axes: an ideal gas without friction, with shocks and layers that roll up."""

from __future__ import annotations

from typing import ClassVar

from surrogate.equations._fluids import IdealGas


class Equation(IdealGas):
    """A flow of an :class:`~surrogate.equations.IdealGas` in a plane; its equations stand there."""

    dimensions: ClassVar = 2
    order: ClassVar = 0.5  # of the L2 error where jumps are: not measured, so with room
    block: ClassVar = 2
    tried_on: ClassVar = 24
    states: ClassVar = ("density", "x_velocity", "y_velocity", "pressure")
    conserved: ClassVar = ("mass", "x_momentum", "y_momentum", "energy")
    positive: ClassVar = ("density", "pressure")
