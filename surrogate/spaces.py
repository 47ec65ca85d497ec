"""What the numbers of a data set mean: named function spaces, times, and the problems made of them. No torch, no files.

Arrays are channels-first everywhere: ``(sample, channel, space...)``, and
``(sample, time, channel, space...)`` where time is kept. The first space axis is x, the second y.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import ConfigDict, Field, model_validator

from surrogate.domains import (
    POINT,
    Boundary,
    Cloud,
    Condition,
    Domain,
    Frozen,
    Grid,
    Placement,
    axis_coordinates,
    axis_spacing,
)
from surrogate.errors import SettingsError, nearest, shown
from surrogate.problems import LEAD_TIME, FieldSpec, Functions, Problem, Space, Symmetry, Task, space_on

__all__ = [
    "LEAD_TIME",
    "POINT",
    "SIDE_NAMES",
    "SPLITS",
    "Boundary",
    "ChosenSpaces",
    "Cloud",
    "Condition",
    "DataSpec",
    "Domain",
    "FieldSpec",
    "Frozen",
    "Functions",
    "Grid",
    "Placement",
    "Problem",
    "Space",
    "Split",
    "Symmetry",
    "Task",
    "axis_coordinates",
    "axis_spacing",
    "spaces_of",
]

Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = ("train", "valid", "test")
# What an input is called that holds the values along the (low, high) side of an axis, constant along its normal.
SIDE_NAMES = (("west", "east"), ("south", "north"))


class ChosenSpaces(Frozen):
    """Which of the named spaces of a data set are mapped to which; where both are None, its task says that."""

    sources: tuple[str, ...] | None = Field(default=None, exclude_if=lambda names: names is None)
    target: str | None = Field(default=None, exclude_if=lambda name: name is None)

    @property
    def by_name(self) -> bool:
        """Whether the spaces were chosen by name."""
        return self.sources is not None or self.target is not None


class DataSpec(Frozen):
    """What a data set holds: constants ``(sample, c, space...)`` and states ``(sample, time, c, space...)``.

    On a cloud ``space...`` is its capacity, and the first constants are the coordinates of the points and their
    weights; beyond the last point of a sample the weight is 0 and the rest may be anything finite.

    ``task`` is what is learned by default: ``map`` takes the constants, and the first frame when there are
    several, to the last frame; ``step`` takes every frame to the next. ``symmetries`` are the changes of
    coordinates under which equation, boundary and the law of the inputs stay what they are and every field is a
    scalar: an axis reversed (``flip``), axes exchanged (``transpose``).
    """

    model_config = ConfigDict(serialize_by_alias=True)

    equation: str
    # Called so where it is stored, and by those who make one, since before there were other domains.
    domain: Domain = Field(alias="grid")
    boundary: Boundary
    fields: tuple[FieldSpec, ...]
    times: tuple[float, ...]
    task: Task
    symmetries: tuple[Symmetry, ...] = ()

    @model_validator(mode="after")
    def _the_points_of_a_cloud_are_its_first_fields(self) -> DataSpec:
        if self.domain == POINT:
            raise ValueError("a data set needs more than a single point")
        wanted = () if isinstance(self.domain, Grid) else (*("coordinate",) * self.domain.dimensions, "weight")
        held = tuple(field.role for field in self.fields if field.role in ("coordinate", "weight"))
        if held != wanted or tuple(field.role for field in self.fields[: len(wanted)]) != wanted:
            raise ValueError(
                f"expected {', '.join(wanted) or 'no coordinate and no weight'} as the first of the fields"
            )
        return self

    @property
    def space(self) -> Space:
        """The space of the states."""
        return list(spaces_of(self).values())[-1]

    @property
    def grid(self) -> Grid:
        """The grid of the fields.

        Raises:
            SettingsError: they lie on a cloud.
        """
        if isinstance(self.domain, Grid):
            return self.domain
        raise SettingsError("the data lie on the points of a cloud; what was asked for needs a grid")

    def on(self, grid: Grid) -> DataSpec:
        """Return the specification with another grid."""
        return self.model_copy(update={"domain": grid})

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
        *sources, states = spaces_of(self).values()
        frames: list[Space] = []
        if len(self.times) > 1:
            sources += [Space(fields=(LEAD_TIME,), domain=POINT)] if lead else []
            frames = [*(_earlier(states, frames) for frames in range(history - 1, 0, -1)), states]
        return Problem(
            sources=(*sources, *frames),
            target=states,
            task=task or self.task,
            frames=tuple(range(len(sources), len(sources) + len(frames))),
            symmetries=self.symmetries,
        )

    def pose(self, sources: Sequence[str] | None = None, target: str | None = None) -> Problem:
        """Return the problem that maps the spaces named ``sources`` to the one named ``target``.

        The names are those of :func:`spaces_of`. Exchanged names make an inverse problem. The boundary conditions are
        those of the states: of another target nothing is known at a side, but that it is periodic.

        Args:
            sources: what is given; None: all spaces but the target.
            target: what is to be found; None: the states.

        Raises:
            SettingsError: there is no such space, one is named twice, or the data have several times.
        """
        named = spaces_of(self)
        states = list(named)[-1]
        target = states if target is None else target
        sources = [name for name in named if name != target] if sources is None else sources
        for key, name in (*(("sources", name) for name in sources), ("target", target)):
            if name not in named:
                raise SettingsError(f"{key}: there is no space {shown(name)} in these data{nearest(name, named)}")
        if len({*sources, target}) <= len(sources) or not sources:
            raise SettingsError(f"sources=[{','.join(sources)}] target={target}: expected one target and other sources")
        if len(self.times) > 1:
            raise SettingsError(f"target={target}: problems by name need data of one time; expected task=map or step")
        space = named[target]
        if target != states and space.boundary is not None:
            space = space.model_copy(update={"boundary": space.boundary.unknown()})
        return Problem(
            sources=tuple(named[name] for name in sources),
            target=space,
            task="map",
            symmetries=self.symmetries,
        )


def spaces_of(spec: DataSpec) -> dict[str, Space]:
    """Return the named spaces of a data set: every constant is one, then the states together, which vary in time.

    A space is called as its field is; that of several states as all of them, with a plus between: ``u+v``.
    """
    boundary = spec.boundary if isinstance(spec.domain, Grid) else None
    given = [field for field in spec.constants if field.role in ("constant", "uniform")]
    named = {field.name: space_on((field,), spec.domain, boundary) for field in given}
    joined = "+".join(field.name for field in spec.states)
    return named | {joined: space_on(spec.states, spec.domain, boundary)}


def _earlier(states: Space, frames: int) -> Space:
    fields = (field.model_copy(update={"name": f"{field.name}_{frames}_before"}) for field in states.fields)
    return states.model_copy(update={"fields": tuple(fields)})
