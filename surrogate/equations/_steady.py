"""Steady fields in the unit box: given functions on it, and one state that they determine."""

from __future__ import annotations

from typing import ClassVar

from surrogate.equations._equation import Equation
from surrogate.errors import SettingsError
from surrogate.spaces import Boundary, Condition, DataSpec, FieldSpec, Grid, Placement, Symmetry, Task


class Steady(Equation):
    """A problem without time: what is given on the unit box is mapped to the solution.

    Attributes:
        constants: names of the functions that are given.
        states: names of the fields that they determine.
        placement: where the points of the grid lie.
        condition: on all walls.
    """

    constants: ClassVar[tuple[str, ...]]
    states: ClassVar[tuple[str, ...]]
    placement: ClassVar[Placement] = "cells"
    condition: ClassVar[Condition] = "dirichlet"

    def names_given(self) -> tuple[str, ...]:
        """Return the names of the functions that are given with these settings."""
        return self.constants

    def walls(self) -> Boundary:
        """Return what holds on the walls."""
        return Boundary.uniform(self.condition, self.dimensions)

    def symmetries(self) -> tuple[Symmetry, ...]:
        """Return the changes of coordinates under which equation, walls and laws stay what they are."""
        return ()

    def specification(self, points: tuple[int, ...], task: Task) -> DataSpec:
        if task != "map":
            raise SettingsError(f"task: {self.name} is steady, expected 'map', got '{task}'")
        constants = (FieldSpec(name=name, unit="1", role="constant") for name in self.names_given())
        return DataSpec(
            equation=self.name,
            grid=Grid.box(self.all_axes(points), self.placement),
            boundary=self.walls(),
            fields=(*constants, *(FieldSpec(name=name, unit="1", role="state") for name in self.states)),
            times=(0.0,),
            task=task,
            symmetries=self.symmetries(),
        )
