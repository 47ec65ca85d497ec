"""Function spaces, the problems between them, and batches of their functions. No torch, no files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import (
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    model_serializer,
    model_validator,
)

from surrogate.domains import POINT, Boundary, Box, Domain, Frozen, Grid
from surrogate.errors import SettingsError

if TYPE_CHECKING:
    from torch import Tensor

Task = Literal["map", "step"]
# A name of the registry of symmetries.
Symmetry = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]


class FieldSpec(Frozen):
    """A scalar field: ``constant`` in time and given, ``uniform`` in space too, or the ``state`` to be found.

    Of the points of a cloud, every ``coordinate`` and their quadrature ``weight`` are given as fields as well.
    """

    name: str
    unit: str
    role: Literal["constant", "uniform", "state", "coordinate", "weight"]


# How long after the last frame given the frame lies that is asked for.
LEAD_TIME = FieldSpec(name="lead_time", unit="1", role="uniform")


class Space(Frozen):
    """Functions on a domain: one value of every field at each of its points.

    ``boundary`` is what holds at the sides of a grid, None where nothing is known of it; of ``observed`` functions a
    sample has several, in no order.
    """

    fields: tuple[FieldSpec, ...]
    domain: Domain
    boundary: Boundary | None = None
    observed: bool = False

    @property
    def grid(self) -> Grid:
        """The grid of the functions.

        Raises:
            SettingsError: they lie on a cloud.
        """
        if isinstance(self.domain, Grid):
            return self.domain
        raise SettingsError(f"{_names(self)}: lies on the points of a cloud; what was asked for needs a grid")

    @property
    def sides(self) -> Boundary:
        """What holds at the sides of the box.

        Raises:
            SettingsError: they lie on a cloud, or nothing is known of it.
        """
        if not self.grid.points or self.boundary is None:
            raise SettingsError(f"{_names(self)}: has no sides of a box; what was asked for needs their conditions")
        return self.boundary

    def on(self, domain: Domain) -> Space:
        """Return the space on another domain."""
        return self.model_copy(update={"domain": domain})


class _Spaces(Frozen):
    """The stored form of a problem between any spaces."""

    sources: tuple[Space, ...]
    target: Space
    task: Task
    frames: tuple[int, ...] = ()
    symmetries: tuple[Symmetry, ...] = ()


class _Channels(Frozen):
    """The stored form of a problem on one grid."""

    inputs: tuple[FieldSpec, ...]
    outputs: tuple[FieldSpec, ...] = Field(min_length=1)
    grid: Box
    boundary: Boundary
    task: Task
    symmetries: tuple[Symmetry, ...] = ()


class Problem(_Spaces):
    """What a model must map: functions of the sources to a function of the target.

    ``frames`` are the places, among the sources, of earlier states of the target, oldest first; they come last.
    Problems on one grid are stored as channels that go in and come out (``inputs``, ``outputs``, ``grid``,
    ``boundary``), as they were before there were other domains.
    """

    @classmethod
    def on_grid(
        cls,
        inputs: Sequence[FieldSpec],
        outputs: Sequence[FieldSpec],
        grid: Grid,
        boundary: Boundary,
        task: Task,
        symmetries: tuple[Symmetry, ...] = (),
    ) -> Problem:
        """Return the problem that maps channels on a grid; states among the ``inputs`` come last, latest last of all.

        A field that is uniform in space is a number, every other input a function on the grid.
        """
        history = sum(field.role == "state" for field in inputs) // len(outputs)
        given = len(inputs) - history * len(outputs)
        parts: list[tuple[FieldSpec, ...]] = [(field,) for field in inputs[:given]]
        parts += [tuple(inputs[start : start + len(outputs)]) for start in range(given, len(inputs), len(outputs))]
        return cls(
            sources=tuple(space_on(fields, grid, boundary) for fields in parts),
            target=Space(fields=tuple(outputs), domain=grid, boundary=boundary),
            task=task,
            frames=tuple(range(given, len(parts))),
            symmetries=symmetries,
        )

    @model_validator(mode="before")
    @classmethod
    def _from_either_form(cls, given: Any, info: ValidationInfo) -> Any:
        if not isinstance(given, dict):
            return given
        form = _Channels if "inputs" in given else _Spaces
        read = form.model_validate_json(json.dumps(given)) if info.mode == "json" else form.model_validate(given)
        return dict(cls.on_grid(**dict(read)) if isinstance(read, _Channels) else read)

    @model_validator(mode="after")
    def _frames_are_states(self) -> Problem:
        first = len(self.sources) - len(self.frames)
        if self.frames != tuple(range(first, len(self.sources))):
            raise ValueError("frames must be the last of the sources")
        if any(len(self.sources[place].fields) != len(self.target.fields) for place in self.frames):
            raise ValueError("a frame needs the fields of the target")
        return self

    @model_serializer(mode="wrap")
    def _as_channels(self, plain: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
        grid, boundary = self.target.domain, self.target.boundary
        if isinstance(grid, Grid) and boundary is not None:
            held = _Channels(
                inputs=self.channels,
                outputs=self.target.fields,
                grid=grid,
                boundary=boundary,
                task=self.task,
                symmetries=self.symmetries,
            )
            if Problem.on_grid(**dict(held)) == self:
                return held.model_dump(mode=info.mode)
        return plain(self)

    @property
    def channels(self) -> tuple[FieldSpec, ...]:
        """What the joined tensor holds, in order: on a cloud its points first, then every field of the sources."""
        return self.placing + tuple(field for source in self.sources for field in source.fields)

    @property
    def placing(self) -> tuple[FieldSpec, ...]:
        """The coordinates and the weight of the points, where the target lies on a cloud; nothing on a grid."""
        cloud = self.target.domain
        if isinstance(cloud, Grid):
            return ()
        axes = tuple(FieldSpec(name=name, unit="1", role="coordinate") for name in "xyz"[: cloud.dimensions])
        return (*axes, FieldSpec(name="weight", unit="1", role="weight"))

    def functions(self, joined: Tensor) -> Functions:
        """Return the joined tensor of the sources, (b, c, s...), as functions: their values, and where they lie."""
        if not self.placing:
            return Functions(joined)
        axes = len(self.placing) - 1
        return Functions(joined[:, axes + 1 :], joined[:, :axes].movedim(1, -1), joined[:, axes])

    def weights(self, joined: Tensor) -> Tensor | None:
        """Return the quadrature weights, (b, s...), in the joined tensor of the sources; None: all are equal."""
        return self.functions(joined).weights

    @property
    def grid(self) -> Grid:
        """The grid of the target, on which all functions lie that are no numbers.

        Raises:
            SettingsError: they have no grid in common.
        """
        grid = self.target.grid
        self.domain  # noqa: B018
        return grid

    @property
    def domain(self) -> Domain:
        """The domain of the target, on which all functions lie that are no numbers.

        Raises:
            SettingsError: they have none in common.
        """
        own = self.target.domain
        for source in self.sources:
            if source.domain not in (own, POINT):
                raise SettingsError(
                    f"{_names(source)}: lies elsewhere than {_names(self.target)}; expected one {own.kind} for both"
                )
        return own

    @property
    def boundary(self) -> Boundary:
        """The boundary of the target.

        Raises:
            SettingsError: nothing is known of it.
        """
        return self.target.sides

    @property
    def dimensions(self) -> int:
        return self.target.domain.dimensions

    @property
    def takes_state(self) -> bool:
        """Whether the last ``len(target.fields)`` channels are the states of an earlier time."""
        return bool(self.frames)

    @property
    def history(self) -> int:
        """How many frames of the states go in."""
        return len(self.frames)

    @property
    def takes_lead(self) -> bool:
        """Whether the time to the frame asked for is an input."""
        return LEAD_TIME in self.channels

    def on(self, domain: Domain) -> Problem:
        """Return the problem with another domain in place of its own.

        Raises:
            SettingsError: its functions have none in common.
        """
        own = self.domain

        def moved(space: Space) -> Space:
            return space.on(domain) if space.domain == own else space

        return self.model_copy(update={"sources": tuple(map(moved, self.sources)), "target": moved(self.target)})


class Functions(NamedTuple):
    """A batch of functions of one space; what travels between loader, model, norm and export.

    Shape letters: b batch, l functions where they are observed, c field, p point, d coordinate, m cell, k corner.
    """

    values: Tensor  # (b, [l,] c, *points) on a grid, (b, [l,] c, p) on a cloud
    coordinates: Tensor | None = None  # (b or 1, [l,] p, d); None on a grid
    weights: Tensor | None = None  # quadrature, as values without c; 0 beyond the last point; None: all equal
    cells: Tensor | None = None  # (b or 1, m, k), numbers of points, where there are cells


def space_on(fields: tuple[FieldSpec, ...], domain: Domain, boundary: Boundary | None) -> Space:
    """Return the space of functions on a domain; of numbers, where the fields are uniform in space."""
    if all(field.role == "uniform" for field in fields):
        return Space(fields=fields, domain=POINT)
    return Space(fields=fields, domain=domain, boundary=boundary)


def _names(space: Space) -> str:
    return ", ".join(field.name for field in space.fields)
