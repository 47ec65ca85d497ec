"""A drop every so many epochs, after a warm-up along a line."""

from __future__ import annotations

from surrogate.training.schedule import Moment, ScheduleSettings, line


class Settings(ScheduleSettings):
    """As of every schedule of ours, of which ``gamma`` and ``every`` say how it drops."""


def factor(settings: Settings, moment: Moment) -> float:
    """Return what ``optimizer.lr`` is multiplied by at an optimizer step."""
    rise, _ = settings.parts(moment)
    if rise is not None:
        return line(settings.start_factor, 1.0, rise)
    return settings.gamma ** (moment.epoch // settings.every)
