"""Where in a run a step stands, and the warm-up that every schedule begins with."""

from __future__ import annotations

import functools
import math
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from surrogate.registry import SCHEDULES, Settings
from surrogate.values import Fraction, Positive, Rate


class Moment(NamedTuple):
    """An optimizer step of a run of ``epochs``, counted from 0 over the run."""

    step: int
    steps_per_epoch: int
    epochs: int

    @property
    def epoch(self) -> int:
        """The epoch of the step, counted from 0."""
        return self.step // self.steps_per_epoch


class ScheduleSettings(Settings):
    """A schedule is a sequence of ``n`` positions: the steps of the run, or its epochs, as ``per`` says.

    Its first ``warmup n`` positions rise from ``start_factor`` to 1. ``final_factor`` is that of the last position, for
    schedules that fall towards one; ``step`` multiplies by ``gamma`` every ``every`` epochs.
    """

    per: Literal["epoch", "step"]
    warmup: Fraction
    start_factor: Rate
    final_factor: Annotated[float, Field(ge=0)]
    every: Positive
    gamma: Rate

    def parts(self, moment: Moment) -> tuple[float | None, float | None]:
        """Return the part of the warm-up that is over, and that of what comes behind it; None of what is not under way.

        Both are None where nothing comes behind the warm-up and that is over.
        """
        by_epoch = self.per == "epoch"
        position = moment.epoch if by_epoch else moment.step
        positions = moment.epochs if by_epoch else moment.epochs * moment.steps_per_epoch
        peak, last = max(self.warmup * positions - 1, 0.0), positions - 1
        if position < peak:
            return position / peak, None
        return None, (position - peak) / (last - peak) if last > peak else None


def factor(settings: Settings, moment: Moment) -> float:
    """Return what ``optimizer.lr`` is multiplied by at an optimizer step, by the schedule that the settings name."""
    return float(_schedule(settings.name).factor(settings, moment))


# Asked for at every step, and long to find where another package has it.
_schedule = functools.cache(SCHEDULES.module)


def cosine(start: float, end: float, part: float) -> float:
    """Return what half a cosine from ``start`` to ``end`` is at a part of its way."""
    return end + (start - end) * (1 + math.cos(math.pi * part)) / 2


def line(start: float, end: float, part: float) -> float:
    """Return what a line from ``start`` to ``end`` is at a part of its way."""
    return start + (end - start) * part
