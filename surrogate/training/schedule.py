"""Where in a run a step stands, and the warm-up that every schedule begins with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from surrogate.registry import SCHEDULES, Settings
from surrogate.values import Fraction, Positive, Rate


@dataclass(frozen=True)
class Moment:
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

    def rising(self, moment: Moment) -> float | None:
        """Return the part of the warm-up that is over; None behind its end."""
        position, _, peak = self._position(moment)
        return position / peak if position < peak else None

    def falling(self, moment: Moment) -> float | None:
        """Return the part of what comes behind the warm-up that is over; None where nothing does."""
        position, last, peak = self._position(moment)
        return (position - peak) / (last - peak) if last > peak else None

    def _position(self, moment: Moment) -> tuple[int, int, float]:
        """Return the position of a step, the last of all, and the one at which the warm-up ends."""
        by_epoch = self.per == "epoch"
        positions = moment.epochs if by_epoch else moment.epochs * moment.steps_per_epoch
        peak = max(self.warmup * positions - 1, 0.0)
        return moment.epoch if by_epoch else moment.step, positions - 1, peak


def factor(settings: Settings, moment: Moment) -> float:
    """Return what ``optimizer.lr`` is multiplied by at an optimizer step, by the schedule that the settings name."""
    return float(SCHEDULES.module(settings.name).factor(settings, moment))


def cosine(start: float, end: float, part: float) -> float:
    """Return what half a cosine from ``start`` to ``end`` is at a part of its way."""
    return end + (start - end) * (1 + math.cos(math.pi * part)) / 2


def line(start: float, end: float, part: float) -> float:
    """Return what a line from ``start`` to ``end`` is at a part of its way."""
    return start + (end - start) * part
