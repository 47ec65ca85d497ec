"""Steady potentials in a unit square whose values are given on all four sides, forcing and sides series of cosines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

import numpy as np
import scipy.fft
import torch
from numpy.typing import NDArray
from pydantic import Field, SerializeAsAny, field_validator
from torch import Tensor

from surrogate import registry
from surrogate.equations._by_module import ByModule
from surrogate.equations._equation import Solved
from surrogate.equations._grids import points_of
from surrogate.equations._sides import SIDES, along_normal, draw_field, require_cosines, side_value, traces
from surrogate.errors import SettingsError, SolverError
from surrogate.solvers.elliptic import Side, Sides, Values
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid, Split, Task

Array = NDArray[np.float64]
DIRICHLET: Sides = (Side("dirichlet"), Side("dirichlet"), Side("dirichlet"), Side("dirichlet"))
AnySquare = TypeVar("AnySquare", bound="DirichletSquare")


class DirichletSquare(ByModule):
    """The laws of what is given, and how it is solved.

    ``forcing`` and ``side_values`` name samplers; the values of the sides are the traces of a field of the second.
    Both are series of cosines. The solution takes ``waves`` sines along a side for each of its cells; ``tolerance``
    bounds what is left out of them.
    """

    forcing: SerializeAsAny[registry.Settings]
    side_values: SerializeAsAny[registry.Settings]
    waves: Annotated[int, Field(ge=4, multiple_of=2)]

    @field_validator("forcing", "side_values", mode="before")
    @classmethod
    def _read_laws(cls, node: Any) -> Any:
        law = registry.SAMPLERS.read(node)
        require_cosines("forcing and side_values", law)
        return law


def specification_of(equation: str, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` cells along each axis.

    Raises:
        SettingsError: a task other than ``map``, or not two axes.
    """
    if task != "map":
        raise SettingsError(f"task: {equation} is steady, expected 'map', got '{task}'")
    return DataSpec(
        equation=equation,
        grid=Grid.box(points_of(equation, points, 2), "cells"),
        boundary=Boundary.uniform("dirichlet", 2),
        fields=(
            *(FieldSpec(name=name, unit="1", role="constant") for name in ("forcing", *SIDES)),
            FieldSpec(name="potential", unit="1", role="state"),
        ),
        times=(0.0,),
        task=task,
    )


def draw(
    settings: DirichletSquare, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the forcings and the values of the four sides of the samples ``indices``, ``(n, 5, x, y)``."""
    forcing = draw_field(settings.forcing, specification, seed, split, indices, 0)
    values = traces(draw_field(settings.side_values, specification, seed, split, indices, 1))
    points = specification.grid.points
    return np.stack([forcing, *(along_normal(value, side, points) for side, value in enumerate(values))], axis=1)


def refined(settings: AnySquare, specification: DataSpec, space: int, time: int) -> AnySquare:
    """Return the settings with ``space`` times as many waves; a steady potential has no time."""
    return settings.model_copy(update={"waves": space * settings.waves})


def given(inputs: Tensor) -> tuple[Tensor, Values]:
    """Return the forcing, ``(n, x, y)``, and the values along the sides that ``inputs`` hold."""
    west, east, south, north = (side_value(inputs[:, 1 + side], side) for side in range(4))
    return inputs[:, 0], (west, east, south, north)


def solved(potential: Tensor, left_out: Tensor, tolerance: float) -> Solved:
    """Return a solution by series, ``(n, x, y)``, unless too much was left out of it.

    Raises:
        SolverError: more than ``tolerance``, relative; the message says how much.
    """
    if not bool((left_out <= tolerance).all()):
        worst = int(torch.nan_to_num(left_out, nan=torch.inf).argmax())
        raise SolverError(
            f"sample {worst} of the batch: the last waves along the sides make up {float(left_out[worst]):.1e} of the "
            f"solution, expected at most {tolerance:.1e}; take more (equation.waves)"
        )
    return Solved(potential[:, None, None], left_out, torch.ones_like(left_out, dtype=torch.int64))


def from_finer_elements(inputs: Array, solve_elements: Callable[[Array, Array], Array]) -> Array:
    """Return potentials at the centres, ``(n, 1, 1, x, y)``, from elements 2 and 4 times smaller, extrapolated.

    ``solve_elements`` takes the forcing in the middle of the elements and the nodes, NaN but for the sides, to the
    values of the nodes. Its error is that of squares of the width (Richardson).
    """
    found = []
    for forcing, *sides in inputs:
        values = [side[0] if number < 2 else side[:, 0] for number, side in enumerate(sides)]
        once, twice = (_at_centres(forcing, values, refine, solve_elements) for refine in (2, 4))
        found.append((4 * twice - once) / 3)
    return np.stack(found)[:, None, None]


def _at_centres(
    forcing: Array, values: Sequence[Array], refine: int, solve_elements: Callable[[Array, Array], Array]
) -> Array:
    n, m = (refine * points for points in forcing.shape)
    middle = _series(_series(forcing, (np.arange(n) + 0.5) / n).T, (np.arange(m) + 0.5) / m).T
    nodes = np.full((n + 1, m + 1), np.nan)
    nodes[0], nodes[-1] = (_series(value, np.linspace(0, 1, m + 1)) for value in values[:2])
    nodes[:, 0], nodes[:, -1] = (_series(value, np.linspace(0, 1, n + 1)) for value in values[2:])
    return solve_elements(middle, nodes)[refine // 2 :: refine, refine // 2 :: refine]


def _series(values: Array, places: Array) -> Array:
    """Return the series of cosines that has ``values`` at the centres of cells, ``(p, ...)``, at ``places``."""
    amplitudes = scipy.fft.dct(values, type=2, axis=0, norm="forward")
    amplitudes[1:] *= 2
    cosines: Array = np.cos(np.pi * places[:, None] * np.arange(len(values)))
    return cosines @ amplitudes
