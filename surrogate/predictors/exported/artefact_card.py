"""What an exported file says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from surrogate import __version__
from surrogate.errors import InputError
from surrogate.predictors.runs import Run, RunRecord
from surrogate.spaces import Frozen
from surrogate.typed_record import typed_record

# The name of the card among the metadata of an ONNX file and among the extra files of a .pt2.
CARD = "surrogate"

# A card is some kilobytes.
LARGEST_CARD = 16 * 2**20


@dataclass(frozen=True)
class Form:
    """What is exported: one application, or a roll-out of ``steps``; on the training grid, or on any that fits."""

    steps: int = 1
    dynamic_grid: bool = False

    @property
    def suffix(self) -> str:
        """What a file of this form is called beside the name of its run."""
        return (f"-{self.steps}-steps" if self.steps > 1 else "") + ("-any-grid" if self.dynamic_grid else "")


class Card(Frozen):
    """What an exported file says of itself.

    ``record`` is that of the run, with the name of the data set as its path; ``low`` and ``high`` are the range of each
    training input. With ``steps`` above 1 the outputs are the states after each of so many steps. ``ended`` says that
    the file ends with the hash of itself, as older ones do not.
    """

    schema_version: Literal[1]
    surrogate: str
    record: RunRecord
    low: tuple[float, ...]
    high: tuple[float, ...]
    steps: Annotated[int, Field(gt=0)]
    dynamic_grid: bool
    ended: bool = False

    @classmethod
    def of(cls, run: Run, form: Form) -> Card:
        """Return the card of ``run``, without any path of this machine."""
        settings = run.record.settings
        init = None if settings.init is None else Path(settings.init.name)
        kept = settings.model_copy(update={"data": Path(settings.data.name), "out": Path(), "init": init})
        return cls(
            schema_version=1,
            surrogate=__version__,
            record=run.record.model_copy(update={"settings": kept, "guard": run.surrogate.guard}),
            low=tuple(run.surrogate.input_low.tolist()),
            high=tuple(run.surrogate.input_high.tolist()),
            steps=form.steps,
            dynamic_grid=form.dynamic_grid,
            ended=True,
        )

    def same_as(self, other: Card, renewed: bool = False) -> bool:
        """Return whether both are of the same run in the same form; ``renewed`` takes another state of its training."""
        if (self.steps, self.dynamic_grid) != (other.steps, other.dynamic_grid):
            return False
        parts = {"settings", "data", "problem"} if renewed else None
        # As text: a figure that is no number is equal to itself there.
        return self.record.model_dump_json(include=parts) == other.record.model_dump_json(include=parts)


def read_card(path: Path, text: bytes | str | None) -> Card:
    """Return the card in ``text``, None where the file has none.

    Raises:
        InputError: it has none, or one that is none of ours.
    """
    if text is None:
        raise InputError(f"{path}: holds no card, so surrogate export did not write it, or an older one")
    if len(text) > LARGEST_CARD:
        raise InputError(f"{path}: its card is larger than any of ours")
    card = typed_record(Card, text, path, whole="the card")
    if not len(card.low) == len(card.high) == len(card.record.problem.channels):
        raise InputError(f"{path}: its card gives ranges of {len(card.low)} inputs, and has other fields")
    return card


def first_line(error: Exception) -> str:
    """Return what a library says first of its error, in a line."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return re.sub(r"\x1b\[[0-9;]*m|[\x00-\x1f\x7f]", "", lines[0])[:200]
