"""The second opinion on an evolution on a box: its samples one by one, on the points of the solver, by differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from surrogate.equations._evolution import Evolution, refinement
from surrogate.solvers.box_differences import Sides, integrate_stiff, resample_cells
from surrogate.solvers.method_of_lines import integrate_lines, resample
from surrogate.spaces import DataSpec

Array = NDArray[np.float64]


class Tendency(Protocol):
    """The change per time of the states ``(c, s...)``, from them, the constants ``(k, s...)`` and the spacing."""

    def __call__(self, fields: Array, constants: Array, spacing: Sequence[float]) -> Array: ...


def sides_of(specification: DataSpec) -> Sides:
    """Return the condition on every side of the box."""
    condition = specification.boundary.sides[0][0]
    if condition == "periodic" or condition == "neumann" or condition == "dirichlet":
        return condition
    raise ValueError(f"no differences for walls that are {condition}")


def by_lines(
    tendency: Tendency, settings: Evolution, specification: DataSpec, inputs: Array, tolerance: float = 1e-8
) -> Array:
    """Return the frames ``(n, t, c, s...)`` of ``u_t = tendency(u)``, by SciPy's explicit DOP853."""
    states = len(specification.states)
    sides = sides_of(specification)
    even: Sides = "periodic" if sides == "periodic" else "neumann"
    refine = refinement(specification.grid.points, settings.resolution)
    points = [refine * n for n in specification.grid.points]
    spacing = [length / n for length, n in zip(specification.grid.lengths, points, strict=True)]
    frames = []
    for sample in inputs:
        given, start = _resampled(sample[:-states], points, even), _resampled(sample[-states:], points, sides)
        change = partial(tendency, constants=given, spacing=spacing)
        lines = integrate_lines(change, start, settings.times, tolerance)
        frames.append(_sampled(lines, specification, refine))
    return np.stack(frames)


def by_stiff_steps(
    symbol: Callable[[Array], Array],
    reaction: Callable[[Array, Sequence[float]], Array],
    settings: Evolution,
    specification: DataSpec,
    inputs: Array,
    steps: int,
) -> Array:
    """Return the frames ``(n, t, c, s...)`` of ``u_t = L u + N(u)`` on a periodic box, by extrapolated implicit steps.

    ``symbol`` makes ``L`` of the Laplacian; ``reaction`` takes the spacing too, for differences of its own.
    """
    refine = refinement(specification.grid.points, settings.resolution)
    points = [refine * n for n in specification.grid.points]
    spacing = [length / n for length, n in zip(specification.grid.lengths, points, strict=True)]
    frames = [
        integrate_stiff(symbol, lambda u: reaction(u, spacing), start, spacing, settings.times, steps)
        for start in resample(inputs, points)
    ]
    return np.stack([_sampled(lines, specification, refine) for lines in frames])


def _resampled(fields: Array, points: Sequence[int], sides: Sides) -> Array:
    if fields.size == 0:
        return fields
    return resample(fields, points) if sides == "periodic" else resample_cells(fields, points, sides)


def _sampled(frames: Array, specification: DataSpec, refine: int) -> Array:
    sides = sides_of(specification)
    if sides != "periodic":
        return resample_cells(frames, specification.grid.points, sides)
    every: list[Any] = [slice(None, None, refine)] * len(specification.grid.points)
    return frames[(..., *every)]
