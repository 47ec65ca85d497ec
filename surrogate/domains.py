"""Where functions live: a grid on a box with its boundary, a cloud of points, a single point. No torch, no files."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

Placement = Literal["cells", "nodes", "left"]
Condition = Literal["dirichlet", "neumann", "robin", "open", "periodic"]


class Frozen(BaseModel):
    """A value that cannot change, refuses keys it does not know, and reads and writes JSON strictly."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Grid(Frozen):
    """Equal spacing on a box. A grid without axes is a single point: a function on it is a number.

    ``placement`` says, for each axis, where the ``n`` points of a length ``L`` lie:

    * ``cells``: centres of ``n`` equal cells, ``(i + 1/2) L/n``;
    * ``nodes``: nodes with both ends, ``i L/(n-1)``;
    * ``left``: left ends of ``n`` equal cells, ``i L/n``, the right end absent, as a periodic axis has them.
    """

    kind: ClassVar[Literal["grid"]] = "grid"
    points: tuple[int, ...]
    lengths: tuple[float, ...]
    placement: tuple[Placement, ...]
    origin: tuple[float, ...]

    @model_validator(mode="after")
    def _one_entry_per_axis(self) -> Grid:
        if not len(self.points) == len(self.lengths) == len(self.placement) == len(self.origin):
            raise ValueError("points, lengths, placement and origin need one entry per axis")
        if self.points and (min(self.points) < 2 or min(self.lengths) <= 0):
            raise ValueError("a grid needs at least 2 points and a positive length along every axis")
        if max(self.points, default=0) > 2**24 or math.prod(self.points) > 2**36:
            raise ValueError("a grid has at most 2^24 points along an axis and 2^36 in all")
        return self

    @classmethod
    def box(cls, points: tuple[int, ...], placement: Placement, length: float = 1.0, origin: float = 0.0) -> Grid:
        """Return the grid with the same length, placement and origin along every axis."""
        n = len(points)
        return cls(points=points, lengths=(length,) * n, placement=(placement,) * n, origin=(origin,) * n)

    @property
    def dimensions(self) -> int:
        return len(self.points)

    @property
    def spacing(self) -> tuple[float, ...]:
        """Distance of neighbours along each axis, in the units of ``lengths``."""
        return tuple(map(axis_spacing, self.points, self.lengths, self.placement))

    def coordinates(self) -> tuple[NDArray[np.floating], ...]:
        """Return the coordinates of the points, one array of shape ``(n,)`` per axis."""
        return tuple(map(axis_coordinates, self.points, self.lengths, self.placement, self.origin))

    def resized(self, points: tuple[int, ...]) -> Grid:
        """Return the same box with another number of points."""
        return self.model_copy(update={"points": tuple(points)})


def axis_spacing(n: int, length: float, where: Placement) -> float:
    """Return the distance of neighbours among ``n`` points of a length."""
    return length / (n - 1 if where == "nodes" else n)


def axis_coordinates(n: int, length: float, where: Placement, start: float) -> NDArray[np.floating]:
    """Return the coordinates ``(n,)`` of the points of a length that begins at ``start``."""
    return start + axis_spacing(n, length, where) * (np.arange(n) + (0.5 if where == "cells" else 0.0))


# The domain of a number: a parameter, a lead time.
POINT = Grid(points=(), lengths=(), placement=(), origin=())


class Cloud(Frozen):
    """Points anywhere: every sample brings its own, with quadrature weights and, where it has them, cells.

    ``capacity`` is how many points a sample has at most, ``dimensions`` how many coordinates a point has. A sample of
    fewer points is filled up; the weight of what lies beyond its last point is 0.
    """

    kind: Literal["cloud"] = "cloud"
    capacity: int = Field(ge=1, le=2**24)
    dimensions: int = Field(ge=1, le=3)

    @property
    def points(self) -> tuple[int, ...]:
        """The shape in which the values of a field lie."""
        return (self.capacity,)

    def resized(self, points: tuple[int, ...]) -> Cloud:
        """Return clouds of another capacity."""
        (capacity,) = points
        return self.model_copy(update={"capacity": capacity})


def _kind_of(domain: object) -> str:
    kind = (
        domain.get("kind", "grid")
        if isinstance(domain, dict)
        else domain.kind
        if isinstance(domain, Grid | Cloud)
        else ""
    )
    return str(kind)


# Grids are stored without their kind, as they were before there were other domains.
Domain = Annotated[Annotated[Grid, Tag("grid")] | Annotated[Cloud, Tag("cloud")], Discriminator(_kind_of)]


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

    def unknown(self) -> Boundary:
        """Return what holds of a field of which nothing is known at the sides, on the same axes: they stay periodic."""
        return Boundary(sides=tuple(("periodic",) * 2 if wraps else ("open",) * 2 for wraps in self.periodic))

    @property
    def periodic(self) -> tuple[bool, ...]:
        """Whether each axis is periodic."""
        return tuple(low == "periodic" for low, _ in self.sides)


def _with_axes(grid: Grid) -> Grid:
    if not grid.points:
        raise ValueError("a grid needs at least 2 points and a positive length along every axis")
    return grid


# A grid that is no single point.
Box = Annotated[Grid, AfterValidator(_with_axes)]
