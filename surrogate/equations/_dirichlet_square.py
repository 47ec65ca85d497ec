"""Steady potentials in a unit square whose values are given on all four sides, forcing and sides series of cosines."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import torch
from pydantic import Field, field_validator
from torch import Tensor

from surrogate.equations._equation import Array, Law, Solved
from surrogate.equations._sides import SIDES, along_normal, draw_field, require_cosines, side_value
from surrogate.equations._steady import Steady
from surrogate.solvers.cosine_series import cosines_at, traces
from surrogate.solvers.elliptic import Side, Sides, Values
from surrogate.spaces import Split

DIRICHLET: Sides = (Side("dirichlet"), Side("dirichlet"), Side("dirichlet"), Side("dirichlet"))


class DirichletSquare(Steady):
    """The laws of what is given, and how it is solved.

    ``forcing`` and ``side_values`` name samplers; the values of the sides are the traces of a field of the second.
    Both are series of cosines. The solution takes ``waves`` sines along a side for each of its cells; ``tolerance``
    bounds what is left out of them.
    """

    dimensions: ClassVar = 2
    block: ClassVar = 8
    constants: ClassVar = ("forcing", *SIDES)
    states: ClassVar = ("potential",)

    forcing: Law
    side_values: Law
    waves: Annotated[int, Field(ge=4, multiple_of=2)]

    @field_validator("forcing", "side_values")
    @classmethod
    def _series_of_cosines(cls, law: Any) -> Any:
        require_cosines("forcing and side_values", law)
        return law

    @abstractmethod
    def series(self, forcing: Tensor, values: Values) -> tuple[Tensor, Tensor]:
        """Return the potential at the centres, ``(n, x, y)``, and the share left out of its series, ``(n,)``."""

    @abstractmethod
    def elements(self, forcing: Array, nodes: Array) -> Array:
        """Return the nodes that finite elements make of the forcing in their middle and nodes, NaN but for the sides.

        Raises:
            SolverError: they find no solution.
        """

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the forcings and the values of the four sides of the samples ``indices``, ``(n, 5, x, y)``."""
        forcing = draw_field(self.forcing, self.grid, seed, split, indices, 0)
        values = traces(draw_field(self.side_values, self.grid, seed, split, indices, 1))
        sides = (along_normal(value, side, self.grid.points) for side, value in enumerate(values))
        return np.stack([forcing, *sides], axis=1)

    def solve(self, inputs: Tensor) -> Solved:
        """Return the potentials at the centres of the cells that ``inputs``, ``(n, 5, x, y)``, give.

        ``residual`` bounds what is left out of their series, relative.

        Raises:
            SolverError: a sample missed the tolerance; the message says by how much.
        """
        potential, left_out = self.series(*forcing_and_sides(inputs))
        self.hold(
            left_out,
            lambda worst: f"the last waves along the sides make up {float(left_out[worst]):.1e} of the solution",
            "; take more (equation.waves)",
        )
        return Solved(potential[:, None, None], left_out, torch.ones_like(left_out, dtype=torch.int64))

    def refined(self, space: int, time: int) -> Self:
        return self.model_copy(update={"waves": space * self.waves})

    def reference(self, inputs: Array) -> Array:
        """Return potentials at the centres from elements 2 and 4 times smaller than the cells, extrapolated.

        Their error is that of squares of the width (Richardson).
        """
        potentials = []
        for forcing, *sides in inputs:
            values = [side[0] if number < 2 else side[:, 0] for number, side in enumerate(sides)]
            once, twice = (self._at_centres(forcing, values, refine) for refine in (2, 4))
            potentials.append((4 * twice - once) / 3)
        return np.stack(potentials)[:, None, None]

    def _at_centres(self, forcing: Array, values: Sequence[Array], refine: int) -> Array:
        n, m = (refine * points for points in forcing.shape)
        middle = cosines_at(cosines_at(forcing, (np.arange(n) + 0.5) / n).T, (np.arange(m) + 0.5) / m).T
        nodes = np.full((n + 1, m + 1), np.nan)
        nodes[0], nodes[-1] = (cosines_at(value, np.linspace(0, 1, m + 1)) for value in values[:2])
        nodes[:, 0], nodes[:, -1] = (cosines_at(value, np.linspace(0, 1, n + 1)) for value in values[2:])
        return self.elements(middle, nodes)[refine // 2 :: refine, refine // 2 :: refine]


def forcing_and_sides(inputs: Tensor) -> tuple[Tensor, Values]:
    """Return the forcing, ``(n, x, y)``, and the values along the sides that ``inputs`` hold."""
    west, east, south, north = (side_value(inputs[:, 1 + side], side) for side in range(4))
    return inputs[:, 0], (west, east, south, north)
