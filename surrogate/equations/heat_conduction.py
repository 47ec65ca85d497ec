"""Heat in a square of uneven conductivity with sources, ``u_t = div(conductivity grad u) + source``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, SerializeAsAny, field_validator
from torch import Tensor

from surrogate import registry
from surrogate.equations._boxes import Started, box_specification, draw_fields, kept_on_box, residual_box, solve_box
from surrogate.equations._energy import drift
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import refined
from surrogate.equations._second import by_lines, sides_of
from surrogate.solvers.box_differences import Sides, derivative
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.varying_media import solve_conduction
from surrogate.spaces import DataSpec, Grid, Split, Task

__all__ = ["Equation", "draw", "refined", "residual", "solve", "specification"]


class Equation(Started):
    """The laws of the conductivity and the source, and the sides: insulated (``neumann``) or none (``periodic``).

    The conductivity is ``typical_conductivity`` times the exponential of a draw of ``log_conductivity``.
    """

    dimensions: ClassVar = 2
    order: ClassVar = 1.0
    block: ClassVar = 4
    tried_on: ClassVar = 32

    typical_conductivity: Annotated[float, Field(gt=0)]
    log_conductivity: SerializeAsAny[registry.Settings]
    source: SerializeAsAny[registry.Settings]
    walls: Literal["neumann", "periodic"]

    @field_validator("log_conductivity", "source", mode="before")
    @classmethod
    def _read_laws(cls, node: Any) -> Any:
        return registry.SAMPLERS.read(node)


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` along each axis: cells between walls, else periodic nodes.

    Raises:
        SettingsError: not two axes.
    """
    given = ("conductivity", "source")
    return box_specification(
        settings, settings.length, points, task, settings.dimensions, ("temperature",), settings.walls, given
    )


def draw(
    settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return conductivity, source and start of the samples ``indices``, ``(n, 3, x, y)``: the waves that are kept."""
    laws = (settings.log_conductivity, settings.source, settings.initial)
    fields = [
        draw_fields(law, settings, specification, seed, split, indices, (part, len(laws)))
        for part, law in enumerate(laws)
    ]
    conductivity = settings.typical_conductivity * np.exp(fields[0])
    return np.concatenate((kept_on_box(settings, specification, conductivity, constant=True), *fields[1:]), axis=1)


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the temperatures that follow the ``inputs``, ``(n, 3, x, y)``, at the times of ``specification``.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    return solve_box(_run, settings, specification, inputs)


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far each frame is from becoming the next, relative, ``(n,)``; differentiable in both fields.

    ``constants`` is ``(n, 2, x, y)``, ``states`` ``(n, t, 1, x, y)``.
    """
    return residual_box(_run, settings, specification, constants, states)


def _run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
    conductivity, source = constants.unbind(1)
    return solve_conduction(start[:, 0], conductivity, source, grid.lengths, clock)[:, :, None]


def second_method(settings: Equation, specification: DataSpec, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what eighth-order differences and SciPy's DOP853 make of ``inputs``, ``(n, t, 1, x, y)``."""
    sides = sides_of(specification)
    of_flux: Sides = "periodic" if sides == "periodic" else "dirichlet"  # nothing flows through a wall

    def tendency(
        fields: NDArray[np.float64], constants: NDArray[np.float64], spacing: Sequence[float]
    ) -> NDArray[np.float64]:
        conductivity, source = constants
        change = source.copy()
        for axis, h in zip((-2, -1), spacing, strict=True):
            flux = conductivity * derivative(fields[0], 1, h, axis, sides)
            change += derivative(flux, 1, h, axis, of_flux)
        return change[None]

    return by_lines(tendency, settings, specification, inputs)


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return how far the heat drifts from what the source adds, relative to the largest temperature, ``(n,)``."""
    times = torch.tensor(specification.times, dtype=states.dtype, device=states.device)
    heat = states.flatten(2).mean(2) - times * constants[:, 1].flatten(1).mean(1)[:, None]
    return {"heat": drift(heat, states.flatten(1).abs().amax(1))}
