"""Gray-Scott on a periodic square: two substances that feed on each other and form spots, worms and mazes.

``a_t = diffusion_a Laplace a - a b^2 + feed (1 - a)`` and ``b_t = diffusion_b Laplace b + a b^2 - (feed + kill) b``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from surrogate.equations._boxes import box_specification, kept_on_box, residual_box, solve_box
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Evolution, Run, refined
from surrogate.equations._second import by_stiff_steps
from surrogate.samplers._streams import stream
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.reacting_fields import solve_reacting
from surrogate.spaces import DataSpec, Grid, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]

Rate = Annotated[float, Field(gt=0)]


class Equation(Evolution):
    """The two diffusivities, the rates of feeding and killing, and the start.

    The start is ``a = 1 - 2 h``, ``b = h``, where ``h`` is at most ``amplitude``: ``clumps`` bell-shaped heaps of the
    given ``width`` (the standard deviation of a narrow one) at random places, of which the highest counts, smoothly.
    """

    dimensions: ClassVar = 2
    block: ClassVar = 2
    tried_on: ClassVar = 32

    length: Annotated[float, Field(gt=0)]
    diffusion_a: Rate
    diffusion_b: Rate
    feed: Rate
    kill: Rate
    clumps: Annotated[int, Field(ge=1)]
    width: Rate
    amplitude: Annotated[float, Field(gt=0, le=0.5)]


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes along each axis.

    Raises:
        SettingsError: not two axes.
    """
    return box_specification(
        settings, settings.length, points, task, settings.dimensions, ("substance_a", "substance_b")
    )


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, 2, x, y)``: the waves that the solver keeps."""
    grid = specification.grid
    sharpness = (settings.length / (2 * np.pi * settings.width)) ** 2
    starts = np.empty((len(indices), 2, *grid.points))
    for row, index in enumerate(indices):
        places = stream(seed, split, index).random((settings.clumps, settings.dimensions))
        nothing = np.ones(grid.points)
        for place in places:
            x, y = (
                np.cos(2 * np.pi * (s / settings.length - c)) for s, c in zip(grid.coordinates(), place, strict=True)
            )
            nothing *= 1 - np.exp(sharpness * (x[:, None] + y - 2))
        heap = settings.amplitude * (1 - nothing)
        starts[row] = 1 - 2 * heap, heap
    return kept_on_box(settings, specification, starts)


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return both substances as they follow the starts ``inputs``, ``(n, 2, x, y)``, at the times of ``specification``.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    return solve_box(_run(settings), settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from becoming the next, relative, ``(n,)``; differentiable in ``states``.

    ``constants`` is ``(n, 0, x, y)``, ``states`` ``(n, t, 2, x, y)``.
    """
    return residual_box(_run(settings), settings, specification, constants, states)


def _run(settings: Equation) -> Run:
    feed, kill = settings.feed, settings.kill

    def linear(laplace: Tensor) -> Tensor:
        return torch.stack((settings.diffusion_a * laplace - feed, settings.diffusion_b * laplace - feed - kill))

    def reaction(fields: Tensor) -> Tensor:
        a, b = fields.unbind(1)
        met = a * b.square()
        return torch.stack((feed - met, met), dim=1)

    def run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        return solve_reacting(start, grid.lengths, clock, linear, reaction)

    return run


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and extrapolated implicit steps make of ``inputs``, ``(n, t, 2, x, y)``."""
    feed, kill = settings.feed, settings.kill

    def symbol(laplace: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack((settings.diffusion_a * laplace - feed, settings.diffusion_b * laplace - feed - kill))

    def reaction(fields: NDArray[np.float64], spacing: Sequence[float]) -> NDArray[np.float64]:
        met = fields[0] * fields[1] ** 2
        return np.stack((feed - met, met))

    return by_stiff_steps(symbol, reaction, settings, specification, inputs, settings.steps)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return by how much substances fall below nothing, and ``a`` rises above what is fed, ``(n,)``."""
    a = states[:, :, 0]
    return {
        "negative substance": -states.flatten(1).amin(1).clamp(max=0),
        "more substance a than is fed": (a.flatten(1).amax(1) - a[:, 0].flatten(1).amax(1).clamp(min=1)).clamp(min=0),
    }
