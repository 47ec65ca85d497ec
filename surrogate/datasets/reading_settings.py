"""What a user says of a foreign file that the file does not say itself."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from surrogate.errors import SettingsError
from surrogate.spaces import Condition, Frozen, Placement

# The axes of an array: sample, time, channel, space.
AXES = "ntcxyz"


def _several(value: Any) -> Any:
    """Return one value as a list of one."""
    return tuple(value) if isinstance(value, list) else value if isinstance(value, tuple | None) else (value,)


def _letters(value: Any) -> Any:
    """Return ``nxy`` as ``n, x, y``."""
    return tuple(value) if isinstance(value, str | list) else value


def _sides(value: Any) -> Any:
    """Return one condition for each axis, or one for all, as pairs of the low and the high side."""
    entries = _several(value)
    if not isinstance(entries, tuple):
        return entries
    return tuple((entry, entry) if isinstance(entry, str) else _several(entry) for entry in entries)


def _axes(value: Any) -> Any:
    return {name: _letters(axes) for name, axes in value.items()} if isinstance(value, dict) else _letters(value)


def _times(value: Any) -> Any:
    return value if isinstance(value, str) else _several(value)


Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_several)]
Letters = Annotated[tuple[Annotated[str, Field(pattern=f"^[{AXES}]$")], ...], BeforeValidator(_letters)]
Axes = Annotated[Letters | dict[str, Letters], BeforeValidator(_axes)]
Ends = Annotated[str, Field(pattern=r"^[^:\s]+:[^:\s]+$")]


class Reading(Frozen):
    """How a foreign source is to be read; None: as it says itself, as its format has it, or as can be guessed safely.

    Attributes:
        inputs: names of what is given.
        outputs: names of what is to be found.
        axes: what each axis is, ``n`` sample, ``t`` time, ``c`` channel, ``x``, ``y``, ``z``; for all arrays (of one
            that has fewer, time and channel are missing) or for each by name.
        lengths: of the box, one for each space axis or one for all.
        boundary: the (low, high) side of each space axis, or of all.
        placement: where the points lie, for each space axis or for all.
        times: of the frames, or ``FIRST:LAST`` of frames that are equally far apart.
        equation: the name of the equation.
        units: name of a field -> its unit.
    """

    inputs: Names | None = None
    outputs: Names | None = None
    axes: Axes | None = None
    lengths: Annotated[tuple[Annotated[float, Field(gt=0)], ...], BeforeValidator(_several)] | None = None
    boundary: Annotated[tuple[tuple[Condition, Condition], ...], BeforeValidator(_sides)] | None = None
    placement: Annotated[tuple[Placement, ...], BeforeValidator(_several)] | None = None
    times: Annotated[Ends | tuple[float, ...], BeforeValidator(_times)] | None = None
    equation: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    units: dict[str, str] | None = None

    @model_validator(mode="after")
    def _no_axis_twice(self) -> Self:
        several = self.axes.values() if isinstance(self.axes, dict) else [self.axes or ()]
        for axes in several:
            if len(set(axes)) < len(axes):
                raise SettingsError(
                    f"axes: {','.join(axes)}: an axis is named twice; expected some of {','.join(AXES)}"
                )
        return self

    @property
    def given(self) -> dict[str, Any]:
        """What was said, as JSON values by key."""
        return self.model_dump(mode="json", exclude_none=True)

    def refuse_others(self, format: str, *taken: str) -> None:
        """Refuse what was said and a format does not take: nothing that is given is ignored.

        Args:
            format: its name.
            taken: the keys it takes.

        Raises:
            SettingsError: another key was given.
        """
        if others := [key for key in self.given if key not in taken]:
            may = f"it takes {', '.join(taken)}" if taken else "it takes none of these keys"
            raise SettingsError(f"{others[0]}: {format} files say that themselves; {may}, format=arrays takes all")


AS_IT_IS = Reading()
# Words that say how a foreign source is read, wherever one may be given in place of a data set.
READING_KEYS = frozenset(Reading.model_fields) | {"format", "split", "deal_anew"}
