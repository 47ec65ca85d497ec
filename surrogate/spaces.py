"""What the numbers of an array mean: grid, boundary, fields, times. No torch, no files.

Arrays are channels-first everywhere: ``(sample, channel, space...)``, and
``(sample, time, channel, space...)`` where time is kept. The first space axis is x, the second y.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator

Placement = Literal["cells", "nodes", "left"]
Condition = Literal["dirichlet", "neumann", "robin", "open", "periodic"]
Task = Literal["map", "step"]
Symmetry = Literal["flip", "transpose"]
Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = ("train", "valid", "test")
# What an input is called that holds the values along the (low, high) side of an axis, constant along its normal.
SIDE_NAMES = (("west", "east"), ("south", "north"))


class Frozen(BaseModel):
    """A value that cannot change, refuses keys it does not know, and reads and writes JSON strictly."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Grid(Frozen):
    """Equal spacing on a box.

    ``placement`` says, for each axis, where the ``n`` points of a length ``L`` lie:

    * ``cells``: centres of ``n`` equal cells, ``(i + 1/2) L/n``;
    * ``nodes``: nodes with both ends, ``i L/(n-1)``;
    * ``left``: left ends of ``n`` equal cells, ``i L/n``, the right end absent, as a periodic axis has them.
    """

    points: tuple[int, ...]
    lengths: tuple[float, ...]
    placement: tuple[Placement, ...]
    origin: tuple[float, ...]

    @model_validator(mode="after")
    def _one_entry_per_axis(self) -> Grid:
        if not len(self.points) == len(self.lengths) == len(self.placement) == len(self.origin):
            raise ValueError("points, lengths, placement and origin need one entry per axis")
        if not self.points or min(self.points) < 2 or min(self.lengths) <= 0:
            raise ValueError("a grid needs at least 2 points and a positive length along every axis")
        if max(self.points) > 2**24 or math.prod(self.points) > 2**36:
            raise ValueError("a grid has at most 2^24 points along an axis and 2^36 in all")
        return self

    @classmethod
    def box(cls, points: tuple[int, ...], placement: Placement, length: float = 1.0, origin: float = 0.0) -> Grid:
        """Return the grid with the same length, placement and origin along every axis."""
        n = len(points)
        return cls(points=points, lengths=(length,) * n, placement=(placement,) * n, origin=(origin,) * n)

    @property
    def spacing(self) -> tuple[float, ...]:
        """Distance of neighbours along each axis, in the units of ``lengths``."""
        return tuple(
            length / (n - 1 if where == "nodes" else n)
            for n, length, where in zip(self.points, self.lengths, self.placement, strict=True)
        )

    def coordinates(self) -> tuple[NDArray[np.floating], ...]:
        """Return the coordinates of the points, one array of shape ``(n,)`` per axis."""
        return tuple(
            start + h * (np.arange(n) + (0.5 if where == "cells" else 0.0))
            for n, h, where, start in zip(self.points, self.spacing, self.placement, self.origin, strict=True)
        )

    def resized(self, points: tuple[int, ...]) -> Grid:
        """Return the same box with another number of points."""
        return self.model_copy(update={"points": tuple(points)})


class Boundary(Frozen):
    """The condition at the (low, high) side of each axis.

    ``dirichlet`` gives the value, ``neumann`` the flux, ``robin`` a mix of both, ``open`` lets everything pass.
    """

    sides: tuple[tuple[Condition, Condition], ...]

    @model_validator(mode="after")
    def _periodic_on_both_sides(self) -> Boundary:
        if any((low == "periodic") != (high == "periodic") for low, high in self.sides):
            raise ValueError("an axis is periodic on both sides or on none")
        return self

    @classmethod
    def uniform(cls, condition: Condition, dimensions: int) -> Boundary:
        """Return the same condition on every side of a box."""
        return cls(sides=((condition, condition),) * dimensions)

    @property
    def periodic(self) -> tuple[bool, ...]:
        """Whether each axis is periodic."""
        return tuple(low == "periodic" for low, _ in self.sides)


class FieldSpec(Frozen):
    """A scalar field: ``constant`` in time and given, ``uniform`` in space too, or the ``state`` to be found."""

    name: str
    unit: str
    role: Literal["constant", "uniform", "state"]


# How long after the last frame given the frame lies that is asked for.
LEAD_TIME = FieldSpec(name="lead_time", unit="1", role="uniform")


class DataSpec(Frozen):
    """What a data set holds: constants ``(sample, c, space...)`` and states ``(sample, time, c, space...)``.

    ``task`` is what is learned by default: ``map`` takes the constants, and the first frame when there are
    several, to the last frame; ``step`` takes every frame to the next. ``symmetries`` are the changes of
    coordinates under which equation, boundary and the law of the inputs stay what they are and every field is a
    scalar: an axis reversed (``flip``), axes exchanged (``transpose``).
    """

    equation: str
    grid: Grid
    boundary: Boundary
    fields: tuple[FieldSpec, ...]
    times: tuple[float, ...]
    task: Task
    symmetries: tuple[Symmetry, ...] = ()

    @property
    def constants(self) -> tuple[FieldSpec, ...]:
        return tuple(field for field in self.fields if field.role != "state")

    @property
    def states(self) -> tuple[FieldSpec, ...]:
        return tuple(field for field in self.fields if field.role == "state")

    def problem(self, task: Task | None = None, history: int = 1, lead: bool = False) -> Problem:
        """Return the learning problem of ``task`` (the data set's own when None) on this data.

        Args:
            task: which.
            history: frames that go in, oldest first, where there are several.
            lead: whether the time to the frame asked for goes in too.
        """
        before = tuple(
            field.model_copy(update={"name": f"{field.name}_{frames}_before"})
            for frames in range(history - 1, 0, -1)
            for field in self.states
        )
        given = (*((LEAD_TIME,) if lead else ()), *before, *self.states) if len(self.times) > 1 else ()
        return Problem(
            inputs=self.constants + given,
            outputs=self.states,
            grid=self.grid,
            boundary=self.boundary,
            task=task or self.task,
            symmetries=self.symmetries,
        )


class Problem(Frozen):
    """What a model must map: input channels to output channels on a grid with a boundary.

    Channels are in the order of ``inputs`` and ``outputs``; the states, where they are inputs too, come last, the
    latest behind all others.
    """

    inputs: tuple[FieldSpec, ...]
    outputs: tuple[FieldSpec, ...]
    grid: Grid
    boundary: Boundary
    task: Task
    symmetries: tuple[Symmetry, ...] = ()

    @property
    def dimensions(self) -> int:
        return len(self.grid.points)

    @property
    def takes_state(self) -> bool:
        """Whether the last ``len(outputs)`` input channels are the states of an earlier time."""
        return self.history > 0

    @property
    def history(self) -> int:
        """How many frames of the states go in."""
        return sum(field.role == "state" for field in self.inputs) // len(self.outputs)

    @property
    def takes_lead(self) -> bool:
        """Whether the time to the frame asked for is an input."""
        return LEAD_TIME in self.inputs


@dataclass(frozen=True)
class Solutions:
    """A batch of solved samples, in float64.

    ``inputs`` has shape ``(n, input, space...)``: the constants, then, where there are several times, the first frame;
    ``states`` is ``(n, time, state, space...)``. ``residual`` and ``iterations``, ``(n,)``, say per sample the relative
    residual the solver reached and the work it took; ``effort`` how many times finer steps than the recipe's it took.
    """

    inputs: NDArray[np.float64]
    states: NDArray[np.float64]
    residual: NDArray[np.float64]
    iterations: NDArray[np.int64]
    effort: NDArray[np.int64]
