"""Heat in a cube, ``u_t = diffusivity Laplace u``, with any kind of walls."""

from __future__ import annotations

from typing import ClassVar

from surrogate.equations._boxes import box_specification
from surrogate.equations._evolution import refined
from surrogate.equations._heat import Heat, draw, invariants, residual, second_method, solve
from surrogate.spaces import DataSpec, Task

__all__ = ["draw", "invariants", "refined", "residual", "second_method", "solve", "specification"]


class Equation(Heat):
    """Heat in a cube."""

    dimensions: ClassVar = 3
    block: ClassVar = 2


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` along each axis: cells between walls, else periodic nodes.

    Raises:
        SettingsError: not three axes.
    """
    return box_specification(
        settings, settings.length, points, task, settings.dimensions, ("temperature",), settings.walls
    )
