"""How finely an equation is solved: on cells smaller than those of the grid, and in how many time steps."""

from __future__ import annotations

import math
from typing import Annotated, Self

from pydantic import Field

from surrogate.equations._equation import Equation


def refinement(points: tuple[int, ...], resolution: int) -> int:
    """Return the least factor that gives every axis at least ``resolution`` points."""
    return -(-resolution // min(points))


class OnCells(Equation):
    """An equation solved on cells ``refine`` times smaller along each axis."""

    refine: Annotated[int, Field(ge=1)]

    @property
    def fineness(self) -> int:
        return self.refine

    @property
    def cells(self) -> int:
        return math.prod(self.refine * n for n in self.grid.points)

    def as_fine_as(self, factor: int) -> Self:
        return self.model_copy(update={"refine": factor})

    def refined(self, space: int, time: int) -> Self:
        """Return the equation on cells ``space`` times smaller along each axis; what is steady has no time."""
        return self.as_fine_as(space * self.fineness)


class Stepped(Equation):
    """An equation solved with ``steps`` time steps from one frame, or node of time, to the next."""

    steps: Annotated[int, Field(ge=2)]

    @property
    def time_steps(self) -> int:
        return self.steps

    def with_steps(self, steps: int) -> Self:
        return self.model_copy(update={"steps": steps})

    def refined(self, space: int, time: int) -> Self:
        """Return the equation with ``time`` times as many steps; what has no space keeps it."""
        return self.with_steps(time * self.steps)
