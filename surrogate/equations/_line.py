"""Evolutions along a line: fields, start, second opinion, for the equations that have one axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, SerializeAsAny, field_validator
from torch import Tensor

from surrogate import registry
from surrogate.equations._boxes import Walls, continued, kept_on_box, spectral_grid
from surrogate.equations._evolution import Evolution, refinement
from surrogate.equations._grids import points_of
from surrogate.equations._second import sides_of
from surrogate.solvers.box_differences import resample_cells
from surrogate.solvers.fourier import integer_waves, unresolved
from surrogate.solvers.matrix_lines import derivative_matrix, march_lines
from surrogate.solvers.method_of_lines import resample
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid, Split, Symmetry, Task

Array = NDArray[Any]
# The matrix of the derivative of some order.
Derivative = Callable[[int], NDArray[np.float64]]


class Line(Evolution):
    """An evolution along a line of ``length``, which is its period where it has no walls.

    ``initial`` names the sampler of the start on a line of length 1, which is then stretched.
    """

    length: Annotated[float, Field(gt=0)]
    initial: SerializeAsAny[registry.Settings]

    @field_validator("initial", mode="before")
    @classmethod
    def _read_initial(cls, node: Any) -> Any:
        return registry.SAMPLERS.read(node)


def line_specification(
    settings: Line,
    points: tuple[int, ...],
    task: Task,
    names: Sequence[str],
    symmetries: tuple[Symmetry, ...] = (),
    walls: Walls = "periodic",
) -> DataSpec:
    """Return the specification of the states ``names``, without units, on ``points`` periodic nodes or walled cells.

    Raises:
        SettingsError: not one axis.
    """
    placed: Literal["left", "cells"] = "left" if walls == "periodic" else "cells"
    return DataSpec(
        equation=settings.name,
        grid=Grid.box(points_of(settings.name, points, 1), placed, settings.length),
        boundary=Boundary.uniform(walls, 1),
        fields=tuple(FieldSpec(name=name, unit="1", role="state") for name in names),
        times=settings.times,
        task=task,
        symmetries=symmetries,
    )


def draw(
    settings: Line, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, c, x)``: independent fields, the waves that the solver keeps.

    The ``c`` states of sample ``i`` are the fields ``c i, c i + 1, ...`` of the law.
    """
    law = registry.SAMPLERS.module(settings.initial.name)
    states = len(specification.states)
    unit = Grid.box(specification.grid.points, specification.grid.placement[0])
    numbers = [states * index + state for index in indices for state in range(states)]
    start: NDArray[np.float64] = law.sample(settings.initial, unit, seed, split, numbers)
    return kept_on_box(settings, specification, start.reshape(len(indices), states, -1))


def second_line(
    assemble: Callable[[Derivative], Array],
    nonlinear: Callable[[Array, float], Array],
    settings: Evolution,
    specification: DataSpec,
    starts: Array,
    steps: int,
) -> Array:
    """Return what difference matrices make of ``starts``, ``(b, c, x)``: frames ``(b, t, c, x)``.

    Args:
        assemble: the linear part, of derivatives: a matrix for all the states, one after the other.
        nonlinear: the rest, of fields ``(c x, b)`` and the distance of the points.
        settings: the times, and the least number of points.
        specification: the grid of the starts and of the frames.
        starts: the first frame.
        steps: time steps from a frame to the next.
    """
    sides = sides_of(specification)
    refine = refinement(specification.grid.points, settings.resolution)
    points = refine * specification.grid.points[0]
    spacing = specification.grid.lengths[0] / points
    fine = resample(starts, (points,)) if sides == "periodic" else resample_cells(starts, (points,), sides)
    frames = march_lines(
        assemble(lambda order: derivative_matrix(points, order, spacing, sides)),
        lambda field: nonlinear(field, spacing),
        fine.reshape(len(starts), -1),
        settings.clock.interval,
        settings.clock.frames,
        steps,
    )
    frames = frames.reshape(*frames.shape[:2], -1, points)
    if sides == "periodic":
        return frames[..., ::refine]
    return resample_cells(frames, specification.grid.points, sides)


def slope(states: Tensor, specification: DataSpec) -> Tensor:
    """Return the derivative of ``states``, ``(..., x)``, by the series that their boundary gives them."""
    wide = continued(states, specification, sides_of(specification) == "dirichlet")
    n = wide.shape[-1]
    wave = integer_waves((n,))[0].to(states.device)
    factor = torch.where(2 * wave < n, 2j * torch.pi / spectral_grid(specification).lengths[0] * wave, 0)
    return torch.fft.irfft(factor * torch.fft.rfft(wide), n=n)[..., : states.shape[-1]]


def drift(quantity: Tensor, scale: Tensor) -> Tensor:
    """Return how far ``quantity``, ``(n, t)``, moves from its first value, relative to ``scale``, ``(n,)``."""
    return (quantity - quantity[:, :1]).abs().amax(1) / scale


def mean_drift(states: Tensor) -> Tensor:
    """Return how far the mean of ``states``, ``(n, t, 1, x)``, drifts, relative to the largest of them, ``(n,)``.

    A grid that is too coarse for a wave takes it for a part of the mean, so the share of short waves is taken off.
    """
    short = unresolved(states, 1).amax((1, 2))
    return (drift(states.mean((2, 3)), states.abs().amax((1, 2, 3))) - short).clamp(min=0)


def growth(energy: Tensor) -> Tensor:
    """Return the largest growth of ``energy``, ``(n, t)``, from frame to frame, relative to the first, ``(n,)``."""
    return energy.diff(dim=1).amax(1).clamp(min=0) / energy[:, 0]


def excess(states: Tensor, low: float, high: float) -> Tensor:
    """Return by how much ``states``, ``(n, t, ...)``, leave the range of ``low``, ``high`` and the start, ``(n,)``."""
    flat = states.flatten(2)
    bottom = flat[:, 0].amin(1).clamp(max=low)
    top = flat[:, 0].amax(1).clamp(min=high)
    outside = torch.maximum(bottom - flat.amin((1, 2)), flat.amax((1, 2)) - top)
    return outside.clamp(min=0) / (top - bottom)
