"""Ordinary differential equations driven by a function: from ``u`` on the nodes of time to the states there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

import numpy as np
import scipy.integrate
import torch
from numpy.typing import NDArray
from pydantic import Field, SerializeAsAny, field_validator
from scipy.interpolate import make_interp_spline
from torch import Tensor

from surrogate import registry
from surrogate.equations._by_module import ByModule
from surrogate.equations._equation import Solved
from surrogate.equations._grids import points_of
from surrogate.errors import SettingsError, SolverError
from surrogate.solvers.forced import Tendency, advance, between_nodes, follow
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid, Split, Task

Array = NDArray[np.float64]
AnyForced = TypeVar("AnyForced", bound="Forced")


class Forced(ByModule):
    """The law of the forcing, and how its effect is solved.

    ``forcing`` names a sampler. From time 0 to ``horizon``, with ``steps`` steps from a node to the next; ``tolerance``
    bounds the relative error.
    """

    forcing: SerializeAsAny[registry.Settings]
    horizon: Annotated[float, Field(gt=0)]
    steps: Annotated[int, Field(ge=2)]

    @field_validator("forcing", mode="before")
    @classmethod
    def _read_forcing(cls, node: Any) -> Any:
        return registry.SAMPLERS.read(node)


def forced_specification(settings: Forced, points: tuple[int, ...], task: Task, states: Sequence[str]) -> DataSpec:
    """Return the fields of a data set on ``points`` nodes of time.

    Raises:
        SettingsError: a task other than ``map``, or not one axis.
    """
    if task != "map":
        raise SettingsError(f"task: {settings.name} is learned as a whole, expected 'map', got '{task}'")
    return DataSpec(
        equation=settings.name,
        grid=Grid.box(points_of(settings.name, points, 1), "nodes", settings.horizon),
        boundary=Boundary(sides=(("dirichlet", "open"),)),
        fields=(
            FieldSpec(name="forcing", unit="1", role="constant"),
            *[FieldSpec(name=name, unit="1", role="state") for name in states],
        ),
        times=(0.0,),
        task=task,
    )


def draw(settings: Forced, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]) -> Array:
    """Return the forcings of the samples ``indices``, ``(n, 1, t)``."""
    law = registry.SAMPLERS.module(settings.forcing.name)
    forcing: Array = law.sample(settings.forcing, specification.grid, seed, split, indices)
    return forcing[:, None]


def solve_forced(tendency: Tendency, settings: Forced, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the states that the forcings ``inputs``, ``(n, 1, t)``, drive from rest.

    ``residual`` is the distance from steps twice as long, relative to the states, which exceeds the error.

    Raises:
        SolverError: it exceeds the tolerance.
    """
    interval = specification.grid.spacing[0]
    rest = inputs.new_zeros(len(inputs), len(specification.states))
    states, longer = (
        follow(tendency, rest, between_nodes(inputs[:, 0], steps), interval)
        for steps in (settings.steps, settings.steps // 2)
    )
    apart = (states - longer).flatten(1).norm(dim=1) / states.flatten(1).norm(dim=1)
    if not bool((apart <= settings.tolerance).all()):
        worst = int(torch.nan_to_num(apart, nan=torch.inf).argmax())
        raise SolverError(
            f"sample {worst} of the batch: error {float(apart[worst]):.1e} of the time step (equation.steps), "
            f"expected at most {settings.tolerance:.1e}"
        )
    taken = torch.full_like(apart, (states.shape[2] - 1) * settings.steps, dtype=torch.int64)
    return Solved(states[:, None], apart, taken)


def refined(settings: AnyForced, specification: DataSpec, space: int, time: int) -> AnyForced:
    """Return the settings with ``time`` times as many steps; there is no space."""
    return settings.model_copy(update={"steps": time * settings.steps})


def residual_forced(
    tendency: Tendency, settings: Forced, specification: DataSpec, constants: Tensor, states: Tensor
) -> Tensor:
    """Return how far the states at the nodes are from following each other from rest, ``(n,)``, relative to them.

    ``constants`` is ``(n, 1, t)``, ``states`` ``(n, 1, c, t)``; differentiable in both.
    """
    forcing = between_nodes(constants[:, 0], settings.steps)
    followed = advance(tendency, states[:, 0, :, :-1], forcing, specification.grid.spacing[0])
    wrong = torch.cat((states[:, 0, :, :1], states[:, 0, :, 1:] - followed), dim=2)
    return wrong.flatten(1).norm(dim=1) / states.flatten(1).norm(dim=1)


def second_opinion(
    slope: Callable[[Array, float], Sequence[float]], states: int, specification: DataSpec, inputs: Array
) -> Array:
    """Return what SciPy's DOP853 makes of ``inputs``, ``(n, 1, c, t)``; ``slope`` takes a state and a forcing."""
    return np.stack([_driven(slope, states, specification.grid, forcing) for forcing in inputs[:, 0]])[:, None]


def _driven(slope: Callable[[Array, float], Sequence[float]], states: int, grid: Grid, forcing: Array) -> Array:
    nodes = grid.coordinates()[0]
    spline = make_interp_spline(nodes, forcing, k=3)

    def tendency(time: float, state: Array) -> Sequence[float]:
        return slope(state, float(spline(time)))

    solution = scipy.integrate.solve_ivp(
        tendency,
        (float(nodes[0]), float(nodes[-1])),
        np.zeros(states),
        method="DOP853",
        t_eval=nodes,
        rtol=1e-10,
        atol=1e-12,
        max_step=4 * grid.spacing[0],
    )
    if not solution.success:
        raise SolverError(f"DOP853: {solution.message}")
    return solution.y
