"""What is known of a data set whoever made it: findings about its samples and splits, each a figure and a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import Field

from surrogate.datasets import layout
from surrogate.errors import InputError
from surrogate.integrity import read_sealed
from surrogate.spaces import Frozen, Split
from surrogate.typed_record import typed_record

Status = Literal["fine", "look", "fault", "none"]
Named = tuple[Split, int]

# How many samples a finding names.
MOST_NAMED = 20
_SHOWN = 5
_MARKS = {"fine": "fine", "look": "look at it", "fault": "FAULT", "none": "not looked at"}


class Finding(Frozen):
    """One thing that was looked at.

    Attributes:
        name: of the check.
        status: ``fine``; ``look``, a person must judge; ``fault``, errors measured on these data mean little; ``none``,
            it could not be looked at, and ``says`` why.
        says: what was seen, in words.
        figures: the numbers behind it. All are relative or counts: none depends on a unit.
        samples: the first that it is about, by split and number.
    """

    name: str
    status: Status
    says: str
    figures: dict[str, float] = Field(default_factory=dict)
    samples: tuple[Named, ...] = ()

    @property
    def mark(self) -> str:
        """The status as a person reads it."""
        return _MARKS[self.status]

    def line(self) -> str:
        """Return what it says, with the first samples that it is about."""
        return f"{self.says}{_named(self.samples)}"


class Quality(Frozen):
    """The findings about the data set of hash ``data``."""

    schema_version: Literal[1] = 1
    data: str
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings for which errors measured on these data mean little."""
        return tuple(each for each in self.findings if each.status == "fault")

    @property
    def doubts(self) -> tuple[Finding, ...]:
        """The findings that a person must judge."""
        return tuple(each for each in self.findings if each.status == "look")

    def line(self) -> str:
        """Return the verdict in a line."""
        counts = {status: sum(each.status == status for each in self.findings) for status in _MARKS}
        if self.faults:
            more = f" (and {len(self.faults) - 1} more)" if len(self.faults) > 1 else ""
            return f"FAULT: {self.faults[0].name}: {self.faults[0].line()}{more}"
        if self.doubts:
            return f"{counts['fine']} checks fine, to look at: {', '.join(each.name for each in self.doubts)}"
        return f"{counts['fine']} checks fine"

    def rows(self) -> list[tuple[str, str, str]]:
        """Return name, status and sentence of every finding."""
        return [(each.name, each.mark, each.line()) for each in self.findings]


def read_quality(folder: Path, data: str) -> Quality | None:
    """Return what was stored of the quality of the data set in ``folder``; None where nothing was.

    Raises:
        InputError: it is damaged, or is about other data than those of hash ``data``.
    """
    path = folder / layout.QUALITY
    if not path.exists():
        return None
    quality = typed_record(Quality, read_sealed(path), path, "not a record of quality of this version")
    if quality.data != data:
        raise InputError(f"{path}: is about other data, of hash {quality.data[:16]}, than those here, of {data[:16]}")
    return quality


def first_named(split: Split, numbers: Iterable[int]) -> tuple[Named, ...]:
    """Return the first samples of a split as a finding names them."""
    return tuple((split, int(number)) for number, _ in zip(numbers, range(MOST_NAMED), strict=False))


def _named(samples: tuple[Named, ...]) -> str:
    if not samples:
        return ""
    shown = ", ".join(f"{split} {number}" for split, number in samples[:_SHOWN])
    return f": {shown}" + (", ..." if len(samples) > _SHOWN else "")
