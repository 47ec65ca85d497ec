"""Levels of what a recipe fixes: the same problem on another grid, with another law, other sides, for longer.

An axis names dotted paths into the recipe by patterns, so that one list serves every equation: the first pattern that
finds a setting is taken, and every setting that it finds is changed together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from pydantic import model_validator

from surrogate.datasets.resolving import changed
from surrogate.equations import read_equation
from surrogate.evaluation.leaves import leaves
from surrogate.spaces import DataSpec, Frozen, Grid

Recipe = dict[str, Any]

GRID, HORIZON, INSULATED = "grid", "equation.horizon", "insulated_sides"
# The sides that lose their Dirichlet condition, one after the other.
_INSULATED = ("south", "north", "east")


class RecipeAxis(Frozen):
    """What is varied: numbers times ``factors``, or whatever takes one of ``values``."""

    keys: tuple[str, ...]
    factors: tuple[float, ...] | None = None
    values: tuple[str | float, ...] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> RecipeAxis:
        if (self.factors is None) == (self.values is None):
            raise ValueError("an axis with either factors or values")
        return self


@dataclass(frozen=True)
class Level:
    """One problem: what it is called, its recipe, and whether it is that of the data; ``change`` sorts levels."""

    label: str
    recipe: Recipe
    trained: bool


def levels(recipe: Recipe, axis: RecipeAxis, spec: DataSpec) -> tuple[str, list[Level]] | None:
    """Return the path that an axis finds in a recipe and its levels, in the order given; None where it finds none.

    The level of the data is among them, wherever it was not asked for at its place in the order of numbers.
    """
    matches = _matches(recipe, axis)
    if matches is None:
        return None
    path, paths = matches
    if axis.values is not None:
        own = _held(recipe)[path]
        values = list(axis.values) if own in axis.values else [own, *axis.values]
        return path, [
            Level(_as_label(value), recipe if value == own else _with(recipe, paths, value), value == own)
            for value in values
        ]
    factors = axis.factors or ()
    every = factors if 1.0 in factors else tuple(sorted({1.0, *factors}))
    if path == GRID:
        return path, [level for factor in every for level in _grids(recipe, spec, factor)]
    if path == HORIZON:
        return path, [level for factor in every for level in _horizons(recipe, factor)]
    return path, [_scaled(recipe, paths, factor, spec.grid) for factor in every]


def _matches(recipe: Recipe, axis: RecipeAxis) -> tuple[str, list[str]] | None:
    held = _held(recipe)
    for pattern in axis.keys:
        paths = [path for path in held if fnmatchcase(path, pattern)]
        if axis.factors is not None:
            paths = [path for path in paths if path == GRID or _is_number(held[path])]
        elif axis.values:
            paths = [path for path in paths if isinstance(held[path], str) == isinstance(axis.values[0], str)]
        if paths:
            return paths[0], paths
    return None


def _held(recipe: Recipe) -> dict[str, Any]:
    """Return dotted path -> value of all that an axis can vary."""
    held = leaves(recipe["equation"], "equation.") | {GRID: recipe["grid"]}
    equation = recipe["equation"]
    if equation["name"] == "darcy" and equation.get("match") is None:
        held[INSULATED] = 0
    return held


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value != 0


def _with(recipe: Recipe, paths: list[str], value: Any) -> Recipe:
    if paths == [INSULATED]:
        return insulated(recipe, int(value))
    for path in paths:
        recipe = changed(recipe, path, value)
    return recipe


def _scaled(recipe: Recipe, paths: list[str], factor: float, grid: Grid) -> Level:
    held = _held(recipe)
    result = recipe
    for path in paths:
        value = held[path] * factor
        result = changed(result, path, round(value) if isinstance(held[path], int) else value)
        law, _, name = path.rpartition(".")
        if name == "tau":
            result = _of_same_variance(result, law, held, grid)
    return Level(_as_label(held[paths[0]] * factor), result, factor == 1.0)


def _of_same_variance(recipe: Recipe, law: str, before: dict[str, Any], grid: Grid) -> Recipe:
    """Return the recipe whose Gaussian ``law`` keeps the variance that it had ``before`` its ``tau`` was changed."""
    now = _held(recipe)
    sigma, alpha, boundary = (now.get(f"{law}.{name}") for name in ("sigma", "alpha", "boundary"))
    if sigma is None or alpha is None or boundary is None:
        return recipe
    was, changed_to = (_variance(held[f"{law}.tau"], alpha, boundary, grid) for held in (before, now))
    return changed(recipe, f"{law}.sigma", sigma * float(np.sqrt(was / changed_to)))


def _variance(tau: float, alpha: float, boundary: str, grid: Grid) -> float:
    """Return the variance of ``N(0, (-Laplace + tau^2)^-alpha)`` on a box, up to a factor, without its mean."""
    unit = 2 * np.pi if boundary == "periodic" else np.pi
    axes = [
        unit * np.arange(n // 2 + 1 if boundary == "periodic" else n) / length
        for n, length in zip(grid.points, grid.lengths, strict=True)
    ]
    waves = sum(k**2 for k in np.meshgrid(*axes, indexing="ij"))
    return float(np.sum((waves + tau**2) ** -alpha, where=waves > 0))


def _grids(recipe: Recipe, spec: DataSpec, factor: float) -> Iterator[Level]:
    points = []
    for n, where in zip(spec.grid.points, spec.grid.placement, strict=True):
        ends = int(where == "nodes")
        points.append(round((n - ends) * factor) + ends)
    label = " x ".join(str(n) for n in points)
    if min(points) >= 4:
        yield Level(label, recipe if factor == 1.0 else recipe | {"grid": points}, factor == 1.0)


def _horizons(recipe: Recipe, factor: float) -> Iterator[Level]:
    """Yield the roll-out of ``factor`` times as many steps, each as long as before."""
    equation = recipe["equation"]
    steps = equation["frames"] - 1
    kept = round(steps * factor)
    horizon = equation["horizon"] * kept / steps
    if kept >= 1:
        longer = changed(changed(recipe, HORIZON, horizon), "equation.frames", kept + 1)
        yield Level(f"t = {horizon:g}", recipe if factor == 1.0 else longer, factor == 1.0)


def insulated(recipe: Recipe, sides: int) -> Recipe:
    """Return Darcy flow in the square of which ``sides`` sides let nothing through, the others held at zero."""
    equation, n = recipe["equation"], min(recipe["grid"])
    still = {"value": 0.0, "exchange": 0.0}
    conditions = {
        side: {"condition": "neumann" if side in _INSULATED[:sides] else "dirichlet", **still}
        for side in ("west", "east", "south", "north")
    }
    mixed = {
        "name": "poisson_mixed",
        "sides": conditions,
        "permeability": equation["permeability"],
        "forcing": equation["forcing"],
        "side_values": None,
        "refine": max(equation["refine"], -(-equation["resolution"] // n)),
        "tolerance": equation["tolerance"],
    }
    read_equation(mixed)
    return recipe | {"equation": mixed}


def _as_label(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
