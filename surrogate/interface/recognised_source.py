"""What was recognised in a foreign source, as a table of its fields and a few lines, to be read before it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surrogate.datasets.foreign import Rows
from surrogate.datasets.recognition import Recognised
from surrogate.interface.card_lines import PLACES
from surrogate.spaces import DataSpec, FieldSpec, Grid, Split

COLUMNS = ("field", "role", "unit", "shape in the source", "axes")
_ROLES = {"constant": "input", "uniform": "input, a number", "state": "output", "coordinate": "coordinate"}


@dataclass(frozen=True)
class ShownSource:
    """How a source is read.

    Attributes:
        rows: of the fields, under :data:`COLUMNS`.
        lines: what holds for all of them, as name -> text.
        guesses: what the source does not say, each with the key that says otherwise.
    """

    rows: tuple[tuple[str, ...], ...]
    lines: Mapping[str, str]
    guesses: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        fields = [dict(zip(COLUMNS, row, strict=True)) for row in self.rows]
        return {"fields": fields, **self.lines, "guesses": list(self.guesses)}


def reading_of(read: Recognised, rows: Mapping[Split, Rows]) -> ShownSource:
    """Return how a source is read, and how its samples are dealt."""
    foreign, spec = read.foreign, read.foreign.spec
    fields = [_field(read, field) for field in spec.fields if field.role not in ("coordinate", "weight")]
    stated = "as the source says" if foreign.splits is not None else "dealt by seed"
    count = "  ".join(f"{split} {len(held)}" for split, held in rows.items())
    lines = {
        "format": f"{read.format}: {read.why}",
        **_where(spec),
        "times": _times(spec.times),
        "learned": spec.task,
        "samples": f"{foreign.count}: {count}, {stated}",
        "equation": spec.equation,
        "notes": foreign.notes,
    }
    return ShownSource(tuple(fields), {name: text for name, text in lines.items() if text}, foreign.guesses)


def _field(read: Recognised, field: FieldSpec) -> tuple[str, ...]:
    held = read.foreign.held.get(field.name)
    shape, axes = ("", "") if held is None else (" x ".join(map(str, held.shape)), held.axes)
    return field.name, _ROLES.get(field.role, field.role), field.unit, shape, axes


def _where(spec: DataSpec) -> dict[str, str]:
    domain = spec.domain
    if not isinstance(domain, Grid):
        return {"points": f"a cloud of {domain.capacity} at most, in {domain.dimensions} dimensions"}
    ends = [
        f"{axis} {start:g} to {start + length:g} ({PLACES[where]})"
        for axis, start, length, where in zip("xyz", domain.origin, domain.lengths, domain.placement, strict=False)
    ]
    sides = [side for pair in spec.boundary.sides for side in pair]
    each = [" and ".join(dict.fromkeys(pair)) for pair in spec.boundary.sides]
    return {
        "grid": " x ".join(map(str, domain.points)),
        "lengths": ", ".join(ends),
        "boundary": sides[0] if len(set(sides)) == 1 else ", ".join(each),
    }


def _times(times: tuple[float, ...]) -> str:
    return f"{len(times)} from {times[0]:g} to {times[-1]:g}" if len(times) > 1 else "steady"
