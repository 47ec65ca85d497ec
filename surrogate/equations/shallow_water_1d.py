"""Shallow water in a canal with a flat bed: waves that break, and no friction."""

from __future__ import annotations

from typing import ClassVar

from surrogate.equations._fluids import Water


class Equation(Water):
    """A flow of :class:`~surrogate.equations.Water` along a canal; its equations stand there."""

    dimensions: ClassVar = 1
    order: ClassVar = 0.7  # of the L2 error where jumps are: measured, benchmarks/certificate_bounds.py
    block: ClassVar = 10
    tried_on: ClassVar = 64
    states: ClassVar = ("height", "velocity")
    conserved: ClassVar = ("mass", "momentum")
    positive: ClassVar = ("height",)
