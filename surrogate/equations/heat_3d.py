"""Heat in a cube, ``u_t = diffusivity Laplace u``, with any kind of walls."""

from __future__ import annotations

from surrogate.equations._boxes import box_specification
from surrogate.equations._evolution import refined
from surrogate.equations._heat import Settings, draw, invariants, residual, second_method, solve
from surrogate.spaces import DataSpec, Task

__all__ = [
    "BLOCK",
    "DIMENSIONS",
    "ORDER",
    "Settings",
    "draw",
    "invariants",
    "refined",
    "residual",
    "second_method",
    "solve",
    "specification",
]

DIMENSIONS = 3
ORDER = 2.0
BLOCK = 2


def specification(settings: Settings, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` along each axis: cells between walls, else periodic nodes.

    Raises:
        SettingsError: not three axes.
    """
    return box_specification(settings, settings.length, points, task, DIMENSIONS, ("temperature",), settings.walls)
