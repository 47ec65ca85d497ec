"""One learning rate, after a warm-up along a line."""

from __future__ import annotations

from surrogate.training.schedule import Moment, ScheduleSettings, line


class Settings(ScheduleSettings):
    """As of every schedule of ours; the rate stays what the warm-up reached."""


def factor(settings: Settings, moment: Moment) -> float:
    """Return what ``optimizer.lr`` is multiplied by at an optimizer step."""
    rise, _ = settings.parts(moment)
    if rise is not None:
        return line(settings.start_factor, 1.0, rise)
    return 1.0
