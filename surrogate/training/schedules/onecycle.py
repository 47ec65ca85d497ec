"""Up to the learning rate and down to ``final_factor`` at the last position, both along half a cosine.

Source: Smith and Topin (2018), arXiv:1708.07120, in the two-phase form with cosines that
torch.optim.lr_scheduler.OneCycleLR has.
"""

from __future__ import annotations

from surrogate.training.schedule import Moment, ScheduleSettings, cosine


class Settings(ScheduleSettings):
    """As of every schedule of ours, up from ``start_factor`` and down to ``final_factor``."""


def factor(settings: Settings, moment: Moment) -> float:
    """Return what ``optimizer.lr`` is multiplied by at an optimizer step."""
    rise, fall = settings.parts(moment)
    if rise is not None:
        return cosine(settings.start_factor, 1.0, rise)
    return 1.0 if fall is None else cosine(1.0, settings.final_factor, fall)
