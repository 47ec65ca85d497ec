"""The settings of a search, typed. The values that a user does not give live in conf/, once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from surrogate.spaces import Frozen
from surrogate.values import Count, Fraction, Positive, Writes

# Setting -> the word of its value, as it stands behind the equal sign.
Values = Mapping[str, str]


class Choices(Frozen):
    """One of some values, each as words give it; nothing is supposed of their order."""

    kind: Literal["choices"]
    values: Annotated[tuple[str, ...], Field(min_length=1, max_length=1000)]

    def text(self) -> str:
        """Return what may be taken, for a person."""
        return ", ".join(self.values)

    def ends(self) -> tuple[str, ...]:
        """Return the words of values that are worth a look before the first training: all of them."""
        return self.values


class Span(Frozen):
    """A number from ``low`` to ``high``, both included; ``whole`` ones from ``low`` on in steps of ``step``."""

    kind: Literal["interval"]
    low: float
    high: float
    log: bool
    whole: bool
    step: Positive = 1

    def text(self) -> str:
        """Return what may be taken, for a person."""
        steps = f" in steps of {self.step}" if self.step > 1 else ""
        return f"{self.low:g} to {self.high:g}{', whole' if self.whole else ''}{steps}{', logarithmic' * self.log}"

    def ends(self) -> tuple[str, ...]:
        """Return the words of values that are worth a look before the first training: the two ends."""
        return tuple(repr(int(end) if self.whole else end) for end in (self.low, self.high))


Dimension = Annotated[Choices | Span, Field(discriminator="kind")]


class MedianPruner(Frozen):
    """A training ends where its best error is above the median of those before, at the same epoch.

    The first ``startup`` trials, and the first share ``warmup`` of the epochs of any, are left alone.
    """

    name: Literal["median"]
    startup: Count
    warmup: Fraction


class HyperbandPruner(Frozen):
    """Successive halving: every trial has the share ``least`` of the epochs, one of ``factor`` then goes on."""

    name: Literal["hyperband"]
    least: Fraction
    factor: Annotated[int, Field(ge=2, le=100)]


class NoPruner(Frozen):
    """Every training runs to its end."""

    name: Literal["none"]


class TuneConfig(Writes):
    """``surrogate tune``: many trainings, each with other values of the settings in ``search``.

    ``held`` are the settings of every training but those, ``words`` what a user said, from which the search can be
    gone on with; neither holds ``data`` and ``out``, which may move.
    """

    data: Path
    out: Path
    trials: Positive
    metric: str
    method: Literal["tpe", "random"]
    startup: Count
    pruner: Annotated[MedianPruner | HyperbandPruner | NoPruner, Field(discriminator="name")]
    seed: Count
    epochs: Positive
    search: Annotated[dict[str, Dimension], Field(min_length=1, max_length=100)]
    held: dict[str, Any]
    words: tuple[str, ...]
    config_dir: Path | None = None
