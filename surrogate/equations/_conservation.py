"""Flows with shocks: solved on finer cells, measured against cells twice as large, conserved to the last digit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Self, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, SerializeAsAny, field_validator
from torch import Tensor

from surrogate import registry
from surrogate.equations._by_module import ByModule
from surrogate.equations._equation import Solved
from surrogate.equations._grids import points_of
from surrogate.errors import SettingsError, SolverError
from surrogate.solvers.conservation import Law, Method, Scheme, Side, solve_conservation
from surrogate.solvers.splitting import Fluid, solve_split
from surrogate.spaces import Boundary, Condition, DataSpec, FieldSpec, Grid, Split, Task

# Nothing flows through a wall; what is beyond an open side is what is before it.
CONDITIONS: dict[Side, Condition] = {"periodic": "periodic", "open": "open", "wall": "neumann"}
AnyFlow = TypeVar("AnyFlow", bound="Flow")


class Flow(ByModule):
    """Where a flow with shocks happens, how it starts, how it is kept and solved.

    ``initial`` names a sampler. The box has the ``length`` and the ``origin`` along every axis; ``sides`` are the (low,
    high) sides of each axis. ``frames`` are kept from 0 to ``horizon``, both included. The start is constant on the
    cells of the grid; it is solved on cells ``refine`` times smaller by ``scheme``, no wave crossing more than the
    fraction ``courant`` of a cell in a step, and its conserved fields are averaged back. ``tolerance`` bounds the
    relative distance, in L1, from a solve on cells twice as large.
    """

    initial: SerializeAsAny[registry.Settings]
    length: Annotated[float, Field(gt=0)]
    origin: float
    sides: tuple[tuple[Side, Side], ...]
    horizon: Annotated[float, Field(gt=0)]
    frames: Annotated[int, Field(ge=2)]
    refine: Annotated[int, Field(ge=1)]
    scheme: Scheme
    courant: Annotated[float, Field(gt=0, le=1)]

    @field_validator("initial", mode="before")
    @classmethod
    def _read_initial(cls, node: Any) -> Any:
        return registry.SAMPLERS.read(node)

    @property
    def times(self) -> tuple[float, ...]:
        """The times of the frames."""
        return tuple(self.horizon * frame / (self.frames - 1) for frame in range(self.frames))

    @property
    def fineness(self) -> int:
        return self.refine

    @property
    def cells(self) -> int:
        return math.prod(self.refine * n for n in self.grid.points)

    def one_step(self, interval: float) -> Self:
        spec = self.spec.model_copy(update={"times": (0.0, interval)})
        return self.model_copy(update={"frames": 2, "horizon": interval}).bound(spec)


def flow_specification(
    settings: Flow, points: tuple[int, ...], task: Task, dimensions: int, names: Sequence[str]
) -> DataSpec:
    """Return the states ``names`` on ``points`` cells along each axis.

    Raises:
        SettingsError: another number of axes, or sides that do not fit them.
    """
    if len(settings.sides) != dimensions:
        raise SettingsError(f"equation.sides: expected {dimensions} pair(s), got {len(settings.sides)}")
    return DataSpec(
        equation=settings.name,
        grid=Grid.box(points_of(settings.name, points, dimensions), "cells", settings.length, settings.origin),
        boundary=Boundary(sides=tuple((CONDITIONS[low], CONDITIONS[high]) for low, high in settings.sides)),
        fields=tuple(FieldSpec(name=name, unit="1", role="state") for name in names),
        times=settings.times,
        task=task,
    )


def refined(settings: AnyFlow, specification: DataSpec, space: int, time: int) -> AnyFlow:
    """Return the settings with cells ``space`` times smaller and at least ``time`` times as many steps."""
    courant = settings.courant * min(1.0, space / time)
    return settings.model_copy(update={"refine": space * settings.refine, "courant": courant})


def draw(
    settings: Flow, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Return the starts of the samples ``indices``, ``(n, c, s...)``.

    Raises:
        SettingsError: the law gives another number of fields than the equation has.
    """
    law = registry.SAMPLERS.module(settings.initial.name)
    start: NDArray[np.float64] = law.sample(settings.initial, specification.grid, seed, split, indices)
    expected = (len(indices), len(specification.states), *specification.grid.points)
    if start.shape != expected:
        raise SettingsError(
            f"equation.initial: '{settings.initial.name}' gives fields of shape {list(start.shape[1:])}, "
            f"{settings.name} has {list(expected[1:])}"
        )
    return start


def solve_flow(law: Law, settings: Flow, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the frames that follow the starts ``inputs``, primitive fields ``(b, c, s...)``, at the times of the grid.

    ``residual`` is the relative L1 distance from a solve on cells twice as large, which exceeds the error wherever
    smaller cells are better. ``iterations`` counts the time steps. The first frame is the start itself.

    Raises:
        SolverError: a field left what is physical, or a sample missed the tolerance; the message says which.
    """
    method, axes = _method(settings, specification), len(specification.grid.points)
    start = spread_cells(law.conserved(inputs), settings.refine)
    larger = replace(method, spacing=tuple(2 * h for h in method.spacing))
    coarse, _ = solve_conservation(law, average_cells(start, 2, axes), specification.times, larger)
    fine, steps = solve_conservation(law, start, specification.times, method)
    apart = distance(law, average_cells(fine, 2, axes), coarse)
    if not bool((apart <= settings.tolerance).all()):
        worst = int(torch.nan_to_num(apart, nan=torch.inf).argmax())
        raise SolverError(
            f"sample {worst} of the batch: {float(apart[worst]):.1e} away from a solve on cells twice as large "
            f"(equation.refine), expected at most {settings.tolerance:.1e}"
        )
    means = average_cells(fine[:, 1:], settings.refine, axes)
    frames = law.primitive(means.flatten(0, 1)).unflatten(0, (len(inputs), -1))
    return Solved(torch.cat((inputs[:, None], frames), dim=1), apart, steps)


def residual_flow(law: Law, settings: Flow, specification: DataSpec, states: Tensor) -> Tensor:
    """Return how far the frames ``(b, t, c, s...)`` are from following each other, relative, in L1, ``(b,)``.

    Every frame is advanced on the cells of the grid to the time of the next and compared with it. What is not
    physical is replaced by what is. Differentiable; solutions leave what the grid cannot resolve.
    """
    method = replace(_method(settings, specification), spacing=specification.grid.spacing, repair=True)
    begin, end = specification.times[:2]
    starts = law.repaired(law.conserved(states[:, :-1].flatten(0, 1)))
    found = solve_conservation(law, starts, (begin, end), method)[0][:, 1]
    expected = law.conserved(states[:, 1:].flatten(0, 1))
    intervals = states.shape[1] - 1
    return distance(law, found.unflatten(0, (-1, intervals)), expected.unflatten(0, (-1, intervals)))


def _method(settings: Flow, specification: DataSpec) -> Method:
    spacing = tuple(h / settings.refine for h in specification.grid.spacing)
    return Method(spacing, settings.sides, settings.scheme, settings.courant)


def distance(law: Law, found: Tensor, expected: Tensor) -> Tensor:
    """Return how far conserved fields ``(b, t, c, s...)`` are apart, ``(b,)``: relative, in L1, of the worst of them.

    Momentum, which may vanish, is compared with the momentum at the speed of the fastest waves of ``found``.
    """
    apart = _totals((found - expected).abs())
    size = _totals(expected.abs())
    if law.vectors:
        flat = law.primitive(found.flatten(0, 1))
        speeds = [law.speed(flat, axis) for axis in range(law.vectors)]
        speed = sum(speeds[1:], speeds[0])
        momentum = _totals((flat[:, 0] * speed).unflatten(0, found.shape[:2])[:, :, None])
        size = torch.cat((size[:, :1], momentum.expand(-1, law.vectors), size[:, 1 + law.vectors :]), dim=1)
    return (apart / size).amax(1)


def _totals(fields: Tensor) -> Tensor:
    """Return the sums over time and space of ``(b, t, c, s...)``, ``(b, c)``."""
    return fields.movedim(2, 1).flatten(2).sum(2)


def spread_cells(fields: Tensor, refine: int) -> Tensor:
    """Return fields ``(b, c, s...)``, constant on their cells, on cells ``refine`` times smaller along each axis."""
    for axis in range(2, fields.ndim):
        fields = fields.repeat_interleave(refine, dim=axis) if refine > 1 else fields
    return fields


def average_cells(fields: Tensor, refine: int, dimensions: int) -> Tensor:
    """Return means over cells ``refine`` times larger along the last ``dimensions`` axes.

    Slices are added one by one: how a library groups the terms of a sum may depend on how many samples there are.
    """
    for axis in range(fields.ndim - dimensions, fields.ndim):
        parts = [fields[(slice(None),) * axis + (slice(k, None, refine),)] for k in range(refine)]
        fields = sum(parts[1:], parts[0]) / refine
    return fields


def second_flow(
    fluid: Fluid, settings: Flow, specification: DataSpec, inputs: NDArray[np.float64], refine: int
) -> NDArray[np.float64]:
    """Return what another scheme makes of ``inputs`` on cells ``refine`` times smaller, ``(n, t, c, s...)``."""
    spacing = [h / refine for h in specification.grid.spacing]
    flows = []
    for start in inputs:
        fine = start
        for axis in range(1, start.ndim):
            fine = np.repeat(fine, refine, axis)
        frames = solve_split(fluid, fine, settings.times, spacing, settings.sides)
        means = np.stack([fluid.to_conserved(frame) for frame in frames])
        for axis in range(2, means.ndim):
            shape = (*means.shape[:axis], -1, refine, *means.shape[axis + 1 :])
            means = means.reshape(shape).mean(axis + 1)
        flows.append(np.stack([fluid.to_fields(frame) for frame in means]))
    return np.stack(flows)


def positivity(states: Tensor, channels: Sequence[int]) -> Tensor:
    """Return how far the least of the ``channels`` is below zero, relative to the largest, ``(b,)``."""
    positive = states[:, :, list(channels)].flatten(3)
    return ((-positive.amin(3)).clamp(min=0) / positive.abs().amax(3)).amax((1, 2))


def balances(
    law: Law, settings: Flow, specification: DataSpec, states: Tensor, names: Sequence[str]
) -> dict[str, Tensor]:
    """Return, for each conserved field, how its total differs from what came in through the sides, ``(b,)``, relative.

    What comes in is known through periodic sides; through walls, but for momentum; and through open sides as long as
    nothing has reached them. What is not known counts as right. ``names`` are those of the conserved fields.
    """
    conserved = law.conserved(states.flatten(0, 1)).unflatten(0, states.shape[:2])
    totals = conserved.flatten(3).mean(3)
    times = torch.tensor(specification.times).to(states)
    inflow, known = torch.zeros_like(totals[:, 0]), torch.ones_like(totals[:, 0], dtype=torch.bool)
    for axis, (low, high) in enumerate(settings.sides):
        if low == "periodic":
            continue
        for side, index, sign in ((low, 0, 1.0), (high, -1, -1.0)):
            edge = states.select(3 + axis, index)
            if side == "wall":
                known[:, 1 + axis] = False
                continue
            still = (edge - edge[:, :1]).abs().flatten(1).amax(1) <= 1e-6 * states.abs().flatten(1).amax(1)
            known &= still[:, None]
            inflow = inflow + sign * _side_flux(law, edge[:, 0], axis) / settings.length
    wrong = totals - totals[:, :1] - times[:, None] * inflow[:, None]
    size = conserved.abs().flatten(3).mean(3).amax(1)
    vector = slice(1, 1 + law.vectors)
    size[:, vector] = size[:, vector].sum(1, keepdim=True)
    drift = torch.where(known, wrong.abs().amax(1) / size.clamp(min=1e-300), torch.zeros_like(size))
    return {name: drift[:, channel] for channel, name in enumerate(names)}


def _side_flux(law: Law, edge: Tensor, axis: int) -> Tensor:
    """Return the mean flux along ``axis`` through a side with primitive fields ``(b, c, ...)``."""
    order = list(range(edge.shape[1]))
    if law.vectors:
        order[1], order[1 + axis] = order[1 + axis], order[1]
    turned = edge[:, order].flatten(2) if edge.ndim > 2 else edge[:, :, None][:, order]
    return law.flux(turned, turned)[:, order].mean(2)
