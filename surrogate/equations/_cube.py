"""The specification of steady equations in a cube with ``u = 0`` on its walls."""

from __future__ import annotations

from surrogate.equations._grids import points_of
from surrogate.errors import SettingsError
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid, Task

DIMENSIONS = 3


def cube_specification(equation: str, points: tuple[int, ...], task: Task, given: str, state: str) -> DataSpec:
    """Return the specification of one ``given`` field and one ``state`` on cells of the unit cube.

    Raises:
        SettingsError: a task other than ``map``, or not three axes.
    """
    if task != "map":
        raise SettingsError(f"task: {equation} is steady, expected 'map', got '{task}'")
    return DataSpec(
        equation=equation,
        grid=Grid.box(points_of(equation, points, DIMENSIONS), "cells"),
        boundary=Boundary.uniform("dirichlet", DIMENSIONS),
        fields=(FieldSpec(name=given, unit="1", role="constant"), FieldSpec(name=state, unit="1", role="state")),
        times=(0.0,),
        task=task,
        symmetries=("flip", "transpose"),
    )
