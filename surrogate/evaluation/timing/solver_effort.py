"""How much effort a solver may be given: the settings that trade its seconds for its error."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from surrogate.equations import Equation
from surrogate.evaluation.baselines.coarse_solver import Solver, coarser_points

# Spacings of coarser grids, in those of the data.
COARSER = (32, 16, 8, 4, 2)
# Points along an axis of the solver for each of the data, up to those of the recipe.
FINER = (1, 2, 3, 4, 6, 8)
# Relative residuals at which an iterative solver may stop, beside that of the recipe.
TOLERANCES = (1e-2, 1e-3, 1e-4, 1e-6)


@dataclass(frozen=True)
class Effort:
    """An equation as it is solved and the points it is asked on; ``cells`` is how many unknowns a sample has there."""

    label: str
    equation: Equation
    points: tuple[int, ...]
    cells: int


def efforts(solver: Solver) -> list[Effort]:
    """Return what the solver can be asked, from the least effort to that of the recipe, which comes last."""
    found = []
    for points, space in _spaces(solver):
        for label, work in _works(solver.equation):
            equation = solver.equation.model_copy(update={**space, **work})
            fine = math.prod(n * space.get("refine", 1) for n in points)
            if "resolution" in space and "refine" not in space:
                fine = math.prod(max(n, space["resolution"] * n // min(points)) for n in points)
            found.append(Effort(f"{_size(points, space)}{label}", equation, points, fine))
    return found


def _spaces(solver: Solver) -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
    """Yield grids with the settings that solve on them: coarser ones first, then the grid itself, ever finer."""
    grid, equation = solver.equation.grid, solver.equation
    for factor in COARSER:
        points = coarser_points(grid, factor)
        if points is not None:
            yield points, _fineness(equation, points, 1)
    finest = equation.fineness
    for factor in (*(each for each in FINER if each < finest), finest):
        yield grid.points, _fineness(equation, grid.points, factor)


def _fineness(equation: Equation, points: tuple[int, ...], factor: int) -> dict[str, Any]:
    known = type(equation).model_fields
    if "refine" in known:
        return {"refine": factor} | ({"resolution": 1} if "resolution" in known else {})
    return {"resolution": factor * min(points)} if "resolution" in known else {}


def _works(equation: Equation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield words and settings of how precisely the discrete equations are solved, or how many steps are taken."""
    known = type(equation).model_fields
    if "steps" in known:
        steps = int(equation.steps)  # type: ignore[attr-defined]
        unchecked = {"tolerance": math.inf} if "resolution" in known else {}
        for count in sorted({max(1, steps >> shift) for shift in range(8)}):
            yield f", {count} step{'s' * (count > 1)}", {"steps": count, **unchecked}
    elif "tolerance" in known:
        own = equation.tolerance
        for tolerance in (*(each for each in TOLERANCES if each > own), own):
            yield f", residual {tolerance:.0e}", {"tolerance": tolerance}
    else:
        yield "", {}


def _size(points: tuple[int, ...], space: dict[str, Any]) -> str:
    times = space.get("refine") or max(1, space.get("resolution", 0) // min(points))
    return " x ".join(str(times * n) for n in points)
