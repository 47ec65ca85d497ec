"""The learning rate as a function of the step, so that resuming needs no state of it."""

from __future__ import annotations

import math

from surrogate.training.training_settings import ScheduleConfig


def factor(schedule: ScheduleConfig, step: int, steps_per_epoch: int, epochs: int) -> float:
    """Return what ``optimizer.lr`` is multiplied by at an optimizer step, counted from 0 over the run.

    The schedule is a sequence of ``n`` positions: the steps of the run, or its epochs, as ``per`` says. Its first
    ``warmup n`` positions rise from ``start_factor`` to 1, the rest fall: ``onecycle`` and ``cosine`` along half a
    cosine to ``final_factor`` at the last position, ``step`` by ``gamma`` every ``every`` epochs, ``constant`` not.
    ``onecycle`` rises along a cosine too, the others along a line.

    Source: ``onecycle`` is Smith and Topin (2018), arXiv:1708.07120, in the two-phase form with cosines that
    torch.optim.lr_scheduler.OneCycleLR has.
    """
    epoch = step // steps_per_epoch
    positions, position = (epochs, epoch) if schedule.per == "epoch" else (epochs * steps_per_epoch, step)
    peak = max(schedule.warmup * positions - 1, 0.0)
    if position < peak:
        rising = _cosine if schedule.name == "onecycle" else _line
        return rising(schedule.start_factor, 1.0, position / peak)
    if schedule.name == "constant":
        return 1.0
    if schedule.name == "step":
        return schedule.gamma ** (epoch // schedule.every)
    last = positions - 1
    return _cosine(1.0, schedule.final_factor, (position - peak) / (last - peak)) if last > peak else 1.0


def _cosine(start: float, end: float, part: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * part)) / 2


def _line(start: float, end: float, part: float) -> float:
    return start + (end - start) * part
