"""Down along half a cosine to ``final_factor`` at the last position, after a warm-up along a line.

Source: Loshchilov and Hutter (2017), arXiv:1608.03983, without restarts.
"""

from __future__ import annotations

from surrogate.training.schedule import Moment, ScheduleSettings, cosine, line


class Settings(ScheduleSettings):
    """As of every schedule of ours, down to ``final_factor``."""


def factor(settings: Settings, moment: Moment) -> float:
    """Return what ``optimizer.lr`` is multiplied by at an optimizer step."""
    rise, fall = settings.parts(moment)
    if rise is not None:
        return line(settings.start_factor, 1.0, rise)
    return 1.0 if fall is None else cosine(1.0, settings.final_factor, fall)
