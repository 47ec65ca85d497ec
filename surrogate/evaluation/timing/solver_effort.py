"""How much effort a solver may be given: the settings that trade its seconds for its error."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from surrogate.equations import Equation
from surrogate.predictors.classical_solver import ClassicalSolver, coarser_points

# Spacings of coarser grids, in those of the data.
COARSER = (32, 16, 8, 4, 2)
# Points along an axis of the solver for each of the data, up to those of the recipe.
FINER = (1, 2, 3, 4, 6, 8)
# Relative residuals at which an iterative solver may stop, beside that of the recipe.
TOLERANCES = (1e-2, 1e-3, 1e-4, 1e-6)


@dataclass(frozen=True)
class Effort:
    """An equation as it is solved, bound to the grid that it is asked on."""

    label: str
    equation: Equation

    @property
    def points(self) -> tuple[int, ...]:
        """The points along each axis of that grid."""
        return self.equation.grid.points

    @property
    def cells(self) -> int:
        """How many unknowns a sample has there."""
        return math.prod(self.equation.fineness * n for n in self.points)


def efforts(solver: ClassicalSolver) -> list[Effort]:
    """Return what the solver can be asked, from the least effort to that of the recipe, which comes last."""
    every = []
    for equation in _spaces(solver.equation):
        size = " x ".join(str(equation.fineness * n) for n in equation.grid.points)
        every += [Effort(f"{size}{label}", cheaper) for label, cheaper in _works(equation)]
    return every


def _spaces(equation: Equation) -> Iterator[Equation]:
    """Yield the equation on coarser grids, then on its own, solved ever finer."""
    for factor in COARSER:
        points = coarser_points(equation.grid, factor)
        if points is not None:
            yield equation.on(points, equation.spec.task).as_fine_as(1)
    finest = equation.fineness
    for factor in (*(each for each in FINER if each < finest), finest):
        yield equation.as_fine_as(factor)


def _works(equation: Equation) -> Iterator[tuple[str, Equation]]:
    """Yield words and the equation with fewer steps or, where it takes none, solved less precisely."""
    if equation.time_steps is not None:
        for count in sorted({max(1, equation.time_steps >> shift) for shift in range(8)}):
            yield f", {count} step{'s' * (count > 1)}", equation.with_steps(count)
        return
    own = equation.tolerance
    for tolerance in (*(each for each in TOLERANCES if each > own), own):
        yield f", residual {tolerance:.0e}", equation.model_copy(update={"tolerance": tolerance})
