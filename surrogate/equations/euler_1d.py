"""Compressible flow in a tube: an ideal gas without friction, with shocks, contacts and fans."""

from __future__ import annotations

from typing import ClassVar

from surrogate.equations._fluids import IdealGas


class Equation(IdealGas):
    """A flow of an :class:`~surrogate.equations.IdealGas` along a tube; its equations stand there."""

    dimensions: ClassVar = 1
    order: ClassVar = 0.7  # of the L2 error where jumps are: measured, benchmarks/certificate_bounds.py
    block: ClassVar = 10
    tried_on: ClassVar = 64
    states: ClassVar = ("density", "velocity", "pressure")
    conserved: ClassVar = ("mass", "momentum", "energy")
    positive: ClassVar = ("density", "pressure")
