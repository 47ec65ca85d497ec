"""Evolutions: solved on a periodic grid that resolves them, with steps short enough, saying how well that went.

A field on the centres of cells between two walls is continued by its mirror images to twice the period: evenly where
nothing flows through the walls (``neumann``), oddly where it is held at zero (``dirichlet``). The periodic solver then
does the rest, exactly as a series of cosines or sines would.

Shape letters: b samples, t frames, c states, k constants, s... space.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal, Self

import torch
from pydantic import Field
from torch import Tensor

from surrogate.equations._equation import Array, Positive, Solved
from surrogate.equations._fineness import Stepped, refinement
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.fourier import interpolate_periodic, resolved, unresolved
from surrogate.spaces import Boundary, Grid

Walls = Literal["periodic", "neumann", "dirichlet"]


class Timed(Stepped):
    """How an evolution is kept and solved.

    ``frames`` are kept from 0 to ``horizon``, both included, with ``steps`` time steps from one to the next, on at
    least ``resolution`` points along each axis. ``tolerance`` bounds the relative error of every frame; no recipe may
    have an infinite one, with which nothing is measured or promised.
    """

    horizon: Positive
    frames: Annotated[int, Field(ge=2)]
    resolution: Annotated[int, Field(ge=4)]

    @property
    def times(self) -> tuple[float, ...]:
        return tuple(self.horizon * frame / (self.frames - 1) for frame in range(self.frames))

    @property
    def clock(self) -> Clock:
        """The intervals between the frames, and their steps."""
        return Clock(self.frames - 1, self.horizon / (self.frames - 1), self.steps)

    @property
    def fineness(self) -> int:
        return refinement(self.grid.points, self.resolution)

    def refined(self, space: int, time: int) -> Self:
        return self.as_fine_as(space * self.fineness).model_copy(update={"steps": time * self.steps})

    def as_fine_as(self, factor: int) -> Self:
        return self.model_copy(update={"resolution": factor * min(self.grid.points)})

    def with_steps(self, steps: int) -> Self:
        return self.model_copy(update={"steps": steps, "tolerance": math.inf})

    def one_step(self, interval: float) -> Self:
        spec = self.spec.model_copy(update={"times": (0.0, interval)})
        return self.model_copy(update={"frames": 2, "horizon": interval}).bound(spec)


class Evolution(Timed):
    """An evolution of scalar fields on a box with the same sides everywhere.

    Attributes:
        chaotic: the error of each interval is bounded by itself, as an error before it grows without bound.
    """

    chaotic: ClassVar[bool] = False

    @abstractmethod
    def march(self, start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        """Return the frames ``(b, frames + 1, c, s...)`` that follow ``start``, ``(b, c, s...)``, on a periodic grid.

        This is the solver; ``constants`` is ``(b, k, s...)``. The grid may be any: the equation need not be bound.
        """

    def extent(self) -> float:
        """Return the length of the box along every axis."""
        return 1.0

    def sides(self) -> Walls:
        """Return what every side of the box is."""
        return "periodic"

    def box(self, points: tuple[int, ...]) -> Grid:
        return Grid.box(points, "left" if self.sides() == "periodic" else "cells", self.extent())

    def boundary(self) -> Boundary:
        return Boundary.uniform(self.sides(), self.dimensions)

    def solve(self, inputs: Tensor) -> Solved:
        """Return the frames that follow the start in ``inputs``, the constants and the start, ``(b, k + c, s...)``.

        ``residual`` is the error bound of :meth:`error_bound`, ``iterations`` counts the time steps.

        Raises:
            SolverError: a sample missed the tolerance; the message holds the error reached.
        """
        given = len(self.spec.constants)
        constants, start = self.continued(inputs[:, :given]), self.continued(inputs[:, given:], self._odd)
        fine, grid = self._finer(torch.cat((constants, start), dim=1)), self._solved_on
        fine_constants, fine_start = fine[:, :given], fine[:, given:]
        frames = self.march(fine_start, fine_constants, grid, self.clock)
        if math.isinf(self.tolerance):
            bound = torch.full_like(frames[:, 0].flatten(1)[:, 0], math.inf)
        else:
            coarse = replace(self.clock, steps=self.clock.steps // 2)
            if self.chaotic:
                longer = self._restarted(frames, fine_constants, coarse)
            else:
                longer = self.march(fine_start, fine_constants, grid, coarse)
            bound = self.error_bound(frames, longer)
        states = torch.cat((start[:, None], frames[self._every][:, 1:]), dim=1)
        taken = torch.full_like(bound, self.clock.frames * self.clock.steps, dtype=torch.int64)
        return Solved(states[self._inside].contiguous(), bound, taken)

    def residual(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return how far each frame is from becoming the next, ``(b,)``, relative, in L2 over space and time.

        Every frame is advanced by the solver to the time of the next and compared with it: the residual of the equation
        integrated over an interval, which is small however far the frames are apart. Differentiable in both fields.
        """
        frames = self.continued(states, self._odd)
        given = self._finer(self.continued(constants))
        advanced = self._restarted(self._finer(frames), given, self.clock)[self._every]
        wrong = (frames[:, 1:] - advanced[:, 1:]).flatten(1).norm(dim=1)
        return wrong / frames[:, 1:].flatten(1).norm(dim=1)

    def error_bound(self, frames: Tensor, longer: Tensor) -> Tensor:
        """Return a bound of the relative error of each sample, ``(b,)``, for ``frames`` of shape ``(b, t, c, s...)``.

        The bound is the larger of two, in the L2 norm over space, at the worst frame: the distance from ``longer``, a
        run with steps twice as long, which exceeds the error of the shorter steps, and the share of the highest waves
        kept.

        Raises:
            SolverError: a bound exceeds the tolerance, or the run blew up.
        """
        distance = (frames - longer).flatten(2).norm(dim=2) / frames.flatten(2).norm(dim=2)
        time_error = distance.amax(1)
        space_error = unresolved(frames[:, 1:], self.dimensions).amax((1, 2))
        bound = torch.maximum(time_error, space_error)
        self.hold(
            bound,
            lambda worst: (
                f"error {float(time_error[worst]):.1e} of the time step (equation.steps) and "
                f"{float(space_error[worst]):.1e} of the grid (equation.resolution)"
            ),
        )
        return bound

    def kept(self, fields: Array, constant: bool = False) -> Array:
        """Return states or constants, ``(n, c, s...)``, without the waves that the solver drops from them."""
        if self.fineness > 1:
            return fields
        mirrored = self.continued(torch.from_numpy(fields), self._odd and not constant)
        pair = torch.cat((mirrored, mirrored[:1]))  # one transform alone has other last bits than one of several
        return resolved(pair, self.dimensions).numpy()[(slice(-1), *self._inside)]

    def continued(self, field: Tensor, odd: bool = False) -> Tensor:
        """Return ``(..., s...)`` with its mirror images behind the walls, of the other sign if ``odd``."""
        if self.sides() == "periodic":
            return field
        for axis in range(-self.dimensions, 0):
            image = field.flip(axis)
            field = torch.cat((field, -image if odd else image), dim=axis)
        return field

    @property
    def spectral_grid(self) -> Grid:
        """The periodic grid of the fields and, where there are walls, their mirror images."""
        grid = self.grid
        if self.sides() == "periodic":
            return grid
        points, lengths = tuple(2 * n for n in grid.points), tuple(2 * length for length in grid.lengths)
        return grid.model_copy(update={"points": points, "lengths": lengths, "placement": ("left",) * len(points)})

    @property
    def _odd(self) -> bool:
        return self.sides() == "dirichlet"

    @property
    def _inside(self) -> tuple[Any, ...]:
        return (..., *[slice(n) for n in self.grid.points])

    @property
    def _every(self) -> tuple[Any, ...]:
        return (..., *[slice(None, None, self.fineness)] * self.dimensions)

    @property
    def _solved_on(self) -> Grid:
        grid = self.spectral_grid
        return grid.resized(tuple(self.fineness * n for n in grid.points))

    def _restarted(self, frames: Tensor, constants: Tensor, clock: Clock) -> Tensor:
        """Return the first frame, then every frame but the last advanced by one interval, all at once."""
        intervals = frames.shape[1] - 1
        given = constants.repeat_interleave(intervals, dim=0)
        ends = self.march(frames[:, :-1].flatten(0, 1), given, self._solved_on, replace(clock, frames=1))[:, 1]
        return torch.cat((frames[:, :1], ends.unflatten(0, (-1, intervals))), dim=1)

    def _finer(self, field: Tensor) -> Tensor:
        if self.fineness == 1 or field.numel() == 0:  # transforms refuse a batch of nothing
            return field
        return interpolate_periodic(field, self.fineness, self.dimensions)
