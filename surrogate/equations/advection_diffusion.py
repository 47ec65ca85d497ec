"""A substance in a steady flow on a periodic square, ``u_t + div(velocity u) = diffusivity Laplace u``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, SerializeAsAny, field_validator
from torch import Tensor

from surrogate import registry
from surrogate.equations._boxes import Started, box_specification, draw_fields, residual_box, solve_box
from surrogate.equations._energy import drift, growth
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Run, refined
from surrogate.equations._second import by_lines
from surrogate.solvers.advection_diffusion import solve_advection_diffusion
from surrogate.solvers.box_differences import derivative, laplacian
from surrogate.solvers.etdrk4 import Clock
from surrogate.spaces import DataSpec, Grid, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Started):
    """How fast the substance spreads, and the law of the flow: ``(psi_y, -psi_x)`` of a draw ``psi`` of ``stream``."""

    dimensions: ClassVar = 2
    block: ClassVar = 4
    tried_on: ClassVar = 32

    diffusivity: Annotated[float, Field(gt=0)]
    stream: SerializeAsAny[registry.Settings]

    @field_validator("stream", mode="before")
    @classmethod
    def _read_stream(cls, node: Any) -> Any:
        return registry.SAMPLERS.read(node)


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes along each axis.

    A flow turns when the axes are reversed or exchanged, so the fields have no symmetries of scalars.

    Raises:
        SettingsError: not two axes.
    """
    flow, carried = ("velocity_x", "velocity_y"), ("concentration",)
    box = box_specification(settings, settings.length, points, task, settings.dimensions, carried, constants=flow)
    return box.model_copy(update={"symmetries": ()})


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return both components of the flow and the start of the samples ``indices``, ``(n, 3, x, y)``."""
    stream = draw_fields(settings.stream, settings, specification, seed, split, indices, (0, 2))[:, 0]
    start = draw_fields(settings.initial, settings, specification, seed, split, indices, (1, 2))
    n, m = specification.grid.points
    unit = 2j * np.pi / settings.length
    spectrum = np.fft.rfft2(stream)
    along_x = np.fft.irfft2(unit * np.arange(m // 2 + 1) * spectrum, s=(n, m))
    along_y = np.fft.irfft2(-unit * np.fft.fftfreq(n, 1 / n)[:, None] * spectrum, s=(n, m))
    return np.concatenate((along_x[:, None], along_y[:, None], start), axis=1)


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the concentrations that follow the ``inputs``, ``(n, 3, x, y)``, at the times of ``specification``.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    return solve_box(_run(settings), settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from becoming the next, relative, ``(n,)``; differentiable in both fields.

    ``constants`` is ``(n, 2, x, y)``, ``states`` ``(n, t, 1, x, y)``.
    """
    return residual_box(_run(settings), settings, specification, constants, states)


def _run(settings: Equation) -> Run:
    def run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        frames = solve_advection_diffusion(start[:, 0], constants, settings.diffusivity, grid.lengths, clock)
        return frames[:, :, None]

    return run


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and SciPy's DOP853 make of ``inputs``, ``(n, t, 1, x, y)``."""

    def tendency(
        fields: NDArray[np.float64], constants: NDArray[np.float64], spacing: Sequence[float]
    ) -> NDArray[np.float64]:
        along_x, along_y = (derivative(constants[i] * fields[0], 1, spacing[i], i - 2) for i in (0, 1))
        return settings.diffusivity * laplacian(fields, spacing) - along_x - along_y

    return by_lines(tendency, settings, specification, inputs)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the mass drifts and the flow has sources, and how the mean square grows, ``(n,)``."""
    x, y = specification.grid.points
    sources = torch.fft.rfft2(constants)
    waves = torch.fft.fftfreq(x, 1 / x, dtype=states.dtype, device=states.device)[:, None] * sources[:, 0]
    waves = waves + torch.arange(y // 2 + 1, dtype=states.dtype, device=states.device) * sources[:, 1]
    speed = constants.flatten(1).abs().amax(1)
    return {
        "mass": drift(states.flatten(2).mean(2), states.flatten(1).abs().amax(1)),
        "sources of the flow": torch.fft.irfft2(waves, s=(x, y)).flatten(1).square().mean(1).sqrt() / (x * speed),
        "growth of the mean square": growth(states.square().flatten(2).mean(2)),
    }
