"""Evolutions along a periodic line: fields, start, second opinion, for the equations that have one axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, SerializeAsAny, field_validator
from torch import Tensor

from surrogate import registry
from surrogate.equations._evolution import Evolution, kept, refinement
from surrogate.equations._grids import points_of
from surrogate.fields import Boundary, DataSpec, FieldSpec, Grid, Split, Symmetry, Task
from surrogate.solvers.matrix_lines import derivative_matrix, march_lines
from surrogate.solvers.method_of_lines import resample

Array = NDArray[Any]
# The derivative of some order as a matrix -> the matrix of the linear part.
Assemble = Callable[[Callable[[int], NDArray[np.float64]]], Array]


class Line(Evolution):
    """An evolution along a line of period ``length``.

    ``initial`` names the sampler of the start on a line of length 1, which is then stretched.
    """

    length: Annotated[float, Field(gt=0)]
    initial: SerializeAsAny[registry.Settings]

    @field_validator("initial", mode="before")
    @classmethod
    def _read_initial(cls, node: Any) -> Any:
        return registry.SAMPLERS.read(node)


def line_specification(
    settings: Line, points: tuple[int, ...], task: Task, names: Sequence[str], symmetries: tuple[Symmetry, ...] = ()
) -> DataSpec:
    """Return the specification of the states ``names``, without units, on ``points`` periodic nodes.

    Raises:
        SettingsError: not one axis.
    """
    return DataSpec(
        equation=settings.name,
        grid=Grid.box(points_of(settings.name, points, 1), "left", settings.length),
        boundary=Boundary.uniform("periodic", 1),
        fields=tuple(FieldSpec(name=name, unit="1", role="state") for name in names),
        times=settings.times,
        task=task,
        symmetries=symmetries,
    )


def draw(
    settings: Line, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, 1, x)``: the waves that the solver keeps."""
    law = registry.SAMPLERS.module(settings.initial.name)
    unit = Grid.box(specification.grid.points, "left")
    start: NDArray[np.float64] = law.sample(settings.initial, unit, seed, split, indices)
    return kept(settings, specification.grid, start)[:, None]


def second_line(
    assemble: Assemble,
    nonlinear: Callable[[Array, float], Array],
    settings: Evolution,
    specification: DataSpec,
    starts: Array,
    steps: int,
    finer: int = 1,
) -> Array:
    """Return what difference matrices make of ``starts``, ``(b, x)``: frames ``(b, t, x)``.

    Args:
        assemble: the linear part, of derivatives.
        nonlinear: the rest, of fields ``(x, b)`` and the distance of the points.
        settings: the times, and the least number of points.
        specification: the grid of the starts and of the frames.
        starts: the first frame.
        steps: time steps from a frame to the next.
        finer: how many times as many points as the solver has.
    """
    refine = finer * refinement(specification.grid.points, settings.resolution)
    points = refine * specification.grid.points[0]
    spacing = specification.grid.lengths[0] / points
    frames = march_lines(
        assemble(lambda order: derivative_matrix(points, order, spacing)),
        lambda field: nonlinear(field, spacing),
        resample(starts, (points,)),
        settings.clock.interval,
        settings.clock.frames,
        steps,
    )
    return frames[..., ::refine]


def drift(quantity: Tensor, scale: Tensor) -> Tensor:
    """Return how far ``quantity``, ``(n, t)``, moves from its first value, relative to ``scale``, ``(n,)``."""
    return (quantity - quantity[:, :1]).abs().amax(1) / scale
