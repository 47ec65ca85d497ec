"""Flows with shocks: solved on finer cells, measured against cells twice as large, conserved to the last digit.

Shape letters: b samples, t frames, c fields, s... space.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Self

import torch
from pydantic import Field
from torch import Tensor

from surrogate.equations._equation import Array, Positive, Solved, drawn
from surrogate.equations._equation import Law as SamplerLaw
from surrogate.equations._fineness import OnCells
from surrogate.errors import SettingsError
from surrogate.solvers.cell_means import averaged, spread
from surrogate.solvers.conservation import Law, Method, Scheme, Side, apart_in_l1, drifts_of, solve_conservation
from surrogate.spaces import Boundary, Condition, Grid, Split

# Nothing flows through a wall; what is beyond an open side is what is before it.
CONDITIONS: dict[Side, Condition] = {"periodic": "periodic", "open": "open", "wall": "neumann"}


class ConservationLaw(OnCells):
    """Where a flow with shocks happens, how it starts, how it is kept and solved.

    ``initial`` names a sampler. The box has the ``length`` and the ``origin`` along every axis; ``sides`` are the (low,
    high) sides of each axis. ``frames`` are kept from 0 to ``horizon``, both included. The start is constant on the
    cells of the grid; it is solved on cells ``refine`` times smaller by ``scheme``, no wave crossing more than the
    fraction ``courant`` of a cell in a step, and its conserved fields are averaged back. ``tolerance`` bounds the
    relative distance, in L1, from a solve on cells twice as large.

    Attributes:
        states: names of the fields that are kept, the components of a velocity along the axes in their order.
        conserved: names of what is conserved, one for each field.
    """

    conserved: ClassVar[tuple[str, ...]]

    initial: SamplerLaw
    length: Positive
    origin: float
    sides: tuple[tuple[Side, Side], ...]
    horizon: Positive
    frames: Annotated[int, Field(ge=2)]
    scheme: Scheme
    courant: Annotated[float, Field(gt=0, le=1)]

    @property
    @abstractmethod
    def law(self) -> Law:
        """Fluxes and waves of the conserved fields, and what is physical."""

    @property
    def times(self) -> tuple[float, ...]:
        return tuple(self.horizon * frame / (self.frames - 1) for frame in range(self.frames))

    def box(self, points: tuple[int, ...]) -> Grid:
        return Grid.box(points, "cells", self.length, self.origin)

    def boundary(self) -> Boundary:
        if len(self.sides) != self.dimensions:
            raise SettingsError(f"equation.sides: expected {self.dimensions} pair(s), got {len(self.sides)}")
        return Boundary(sides=tuple((CONDITIONS[low], CONDITIONS[high]) for low, high in self.sides))

    def refined(self, space: int, time: int) -> Self:
        courant = self.courant * min(1.0, space / time)
        return self.model_copy(update={"refine": space * self.refine, "courant": courant})

    def one_step(self, interval: float) -> Self:
        spec = self.spec.model_copy(update={"times": (0.0, interval)})
        return self.model_copy(update={"frames": 2, "horizon": interval}).bound(spec)

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        start = drawn(self.initial, self.grid, seed, split, indices)
        expected = (len(indices), len(self.states), *self.grid.points)
        if start.shape != expected:
            raise SettingsError(
                f"equation.initial: '{self.initial.name}' gives fields of shape {list(start.shape[1:])}, "
                f"{self.name} has {list(expected[1:])}"
            )
        return start

    def solve(self, inputs: Tensor) -> Solved:
        """Return the frames that follow the starts ``inputs``, primitive fields ``(b, c, s...)``.

        ``residual`` is the relative L1 distance from a solve on cells twice as large, which exceeds the error wherever
        smaller cells are better. ``iterations`` counts the time steps. The first frame is the start itself.

        Raises:
            SolverError: a field left what is physical, or a sample missed the tolerance; the message says which.
        """
        law, method, times = self.law, self._method(), self.spec.times
        start = spread(law.conserved(inputs), self.refine, self.dimensions)
        larger = replace(method, spacing=tuple(2 * h for h in method.spacing))
        coarse, _ = solve_conservation(law, averaged(start, 2, self.dimensions), times, larger)
        fine, steps = solve_conservation(law, start, times, method)
        apart = apart_in_l1(law, averaged(fine, 2, self.dimensions), coarse)
        self.hold(
            apart,
            lambda worst: f"{float(apart[worst]):.1e} away from a solve on cells twice as large (equation.refine)",
        )
        means = averaged(fine[:, 1:], self.refine, self.dimensions)
        frames = law.primitive(means.flatten(0, 1)).unflatten(0, (len(inputs), -1))
        return Solved(torch.cat((inputs[:, None], frames), dim=1), apart, steps)

    def residual(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return how far the frames ``(b, t, c, s...)`` are from following each other, relative, in L1, ``(b,)``.

        Every frame is advanced on the cells of the grid to the time of the next and compared with it. What is not
        physical is replaced by what is. Differentiable; solutions leave what the grid cannot resolve.
        """
        law, method = self.law, replace(self._method(), spacing=self.grid.spacing, repair=True)
        starts = law.repaired(law.conserved(states[:, :-1].flatten(0, 1)))
        advanced = solve_conservation(law, starts, self.spec.times[:2], method)[0][:, 1]
        expected = law.conserved(states[:, 1:].flatten(0, 1))
        intervals = states.shape[1] - 1
        return apart_in_l1(law, advanced.unflatten(0, (-1, intervals)), expected.unflatten(0, (-1, intervals)))

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return the drift of what is conserved, and how far positive fields are below zero, ``(n,)``, relative."""
        drifts = drifts_of(self.law, states, self.spec.times, self.sides, self.length)
        violations = {name: drifts[:, channel] for channel, name in enumerate(self.conserved)}
        if self.positive:
            positive = states[:, :, [self.states.index(name) for name in self.positive]].flatten(3)
            violations["positivity"] = ((-positive.amin(3)).clamp(min=0) / positive.abs().amax(3)).amax((1, 2))
        return violations

    def _method(self) -> Method:
        spacing = tuple(h / self.refine for h in self.grid.spacing)
        return Method(spacing, self.sides, self.scheme, self.courant)
