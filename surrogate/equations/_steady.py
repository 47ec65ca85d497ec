"""Steady fields in the unit box: given functions on it, and one state that they determine."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from torch import Tensor

from surrogate.equations._equation import Equation
from surrogate.solvers.dirichlet_problem import DirichletProblem
from surrogate.spaces import Boundary, Condition, Grid, Placement


class Steady(Equation):
    """A problem without time: what is given on the unit box is mapped to the solution.

    Attributes:
        placement: where the points of the grid lie.
        condition: on all walls.
    """

    only_map: ClassVar = "steady"
    placement: ClassVar[Placement] = "cells"
    condition: ClassVar[Condition] = "dirichlet"

    def box(self, points: tuple[int, ...]) -> Grid:
        return Grid.box(points, self.placement)

    def boundary(self) -> Boundary:
        return Boundary.uniform(self.condition, self.dimensions)


class LinearSteady(Steady):
    """A steady problem that states the linear systems of its states, which others may solve."""

    @abstractmethod
    def linear_problem(self, constants: Tensor, refine: int) -> DirichletProblem:
        """Return its linear systems on cells ``refine`` times smaller than the grid, for ``constants``.

        Raises:
            SettingsError: it states none with these settings.
        """
