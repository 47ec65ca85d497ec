"""Samples that could not be solved: left out of their part and put on record, never replaced by another draw."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from surrogate.datasets import layout
from surrogate.errors import InputError, SolverError, some
from surrogate.files import make_folder
from surrogate.integrity import publish_record, read_sealed
from surrogate.spaces import Frozen, Split

# More than this share, and more than one sample, are the recipe's fault and no longer the sample's.
_TOLERATED = 0.01


class Failure(Frozen):
    """A sample that could not be solved: the settings of the equation that were tried, and why the last one failed."""

    schema_version: Literal[1] = 1
    split: Split
    index: Annotated[int, Field(ge=0)]
    tried: tuple[dict[str, Any], ...]
    reason: str


def put(folder: Path, failure: Failure) -> None:
    """Put a sample on record. Nothing but the recipe decides what is written, so a restart writes the same."""
    make_folder(folder / layout.QUARANTINE)
    path = folder / layout.quarantined(failure.split, failure.index)
    publish_record(path, failure)


def failures(folder: Path) -> list[Failure]:
    """Return the samples on record, in the order of splits and indices.

    Raises:
        InputError: a record cannot be read.
    """
    records = []
    for split, indices in layout.left_out(folder).items():
        for index in sorted(indices):
            path = folder / layout.quarantined(split, index)
            try:
                records.append(Failure.model_validate_json(read_sealed(path)))
            except ValidationError as error:
                raise InputError(f"{path}: not a record of this version; remove it to try that sample again") from error
    return records


def unexplained(folder: Path, count: Mapping[Split, int], stored: Mapping[Split, set[int]]) -> list[str]:
    """Return a line for each split of which samples are neither stored nor on record, or are both."""
    wrong = []
    for split, lost in layout.left_out(folder).items():
        for indices, how in (
            (set(range(count[split])) - stored[split] - lost, "neither stored nor in quarantine"),
            (stored[split] & lost, "stored and in quarantine"),
        ):
            if indices:
                wrong.append(f"{folder}: {split}: {how}: {some([str(index) for index in sorted(indices)])}")
    return wrong


def refuse_many(folder: Path, count: Mapping[Split, int]) -> None:
    """Refuse a data set of which more than one sample and more than 1 % are on record, or a whole split.

    Raises:
        SolverError: it is so; the message holds the first of them.
    """
    lost, total = failures(folder), sum(count.values())
    emptied = [split for split, indices in layout.left_out(folder).items() if len(indices) == count[split] > 0]
    if len(lost) <= max(1.0, _TOLERATED * total) and not emptied:
        return
    first = lost[0]
    which = f"every sample of {emptied[0]}" if emptied else f"{len(lost)} of {total} samples"
    raise SolverError(
        f"{which} could not be solved, with {len(first.tried)} settings each: {first.split} sample {first.index}: "
        f"{first.reason} ({folder / layout.QUARANTINE} has the records; change the settings and take another folder)"
    )
