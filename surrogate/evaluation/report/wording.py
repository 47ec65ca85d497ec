"""Figures of an evaluation in words: names, units, and as many digits as mean something."""

from __future__ import annotations

import math
from collections.abc import Sequence

from surrogate.evaluation.intervals import Interval
from surrogate.evaluation.metric import metric_named
from surrogate.predictors.surrogate_settings import SurrogateSettings
from surrogate.spaces import FieldSpec

BASELINE_NAMES = {
    "training_mean": "mean of training outputs",
    "nearest_training_sample": "nearest training sample",
    "pod_ridge": "POD and ridge regression",
    "half_grid": "solver on half the grid",
    "persistence": "persistence",
}
# Short enough for a table of 80 columns.
BASELINE_HEADS = {
    "training_mean": "training mean",
    "nearest_training_sample": "nearest sample",
    "pod_ridge": "POD + ridge",
    "half_grid": "solver, half grid",
    "persistence": "persistence",
}


def quantity(metric: str, value: float, unit: str = "") -> str:
    """Return a value of ``metric`` in words, see :meth:`Metric.text`."""
    return metric_named(metric).text(value, unit)


def span(metric: str, interval: Interval, unit: str) -> str:
    """Return the interval of ``metric`` as ``low to high``, its unit said once, or why there is none."""
    if interval.absent is not None and math.isfinite(interval.mean):
        return f"none: {interval.absent}"
    if not (math.isfinite(interval.low) and math.isfinite(interval.high)):
        return "not finite"
    low = quantity(metric, interval.low, "").removesuffix(" %")
    return f"{low} to {quantity(metric, interval.high, unit)}"


def interval_text(metric: str, interval: Interval, unit: str) -> str:
    """Return the interval of ``metric`` as part of a sentence, or that there is none."""
    if interval.absent is not None:
        return f"no interval: {interval.absent}"
    return f"95 % interval {span(metric, interval, unit)}"


def counted(number: int, thing: str) -> str:
    """Return ``1 sample``, ``2 samples``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def common_unit(fields: Sequence[FieldSpec]) -> str:
    """Return the unit that all the fields share, or nothing."""
    units = {field.unit for field in fields}
    unit = units.pop() if len(units) == 1 else ""
    return "" if unit in ("1", "-") else unit


def labelled(field: FieldSpec) -> str:
    """Return the name of a field with its unit in brackets, where it has one."""
    unit = common_unit((field,))
    return f"{field.name} [{unit}]" if unit else field.name


def grid_text(points: Sequence[int]) -> str:
    """Return the number of points along each axis, ``64 x 64``."""
    return " x ".join(str(n) for n in points)


def off_grid_note(settings: SurrogateSettings, trained: Sequence[int], given: Sequence[int]) -> str:
    """Return what becomes of fields on ``given`` points in a run that learned on ``trained`` and is tied to them."""
    model, there = settings.model.name, grid_text(trained)
    if settings.off_grid.method == "model":
        return (
            f"What {model} learned is in units of grid points: away from {there} points it is another map,"
            " and large errors are no surprise."
        )
    if all(n <= m for n, m in zip(given, trained, strict=True)):
        return (
            f"The inputs were brought to the {there} points that {model} learned on, and its answer back, by means or"
            " interpolation."
        )
    text = f"{model} answered the fields on {there} points that lie interleaved in the inputs; the mean was brought up"
    if settings.off_grid.method == "refine":
        return f"{text} and corrected on each finer grid by what was learned for that (off_grid=refine)."
    return f"{text} by interpolation; a run trained with off_grid=refine corrects it on finer grids."


def duration(seconds: float) -> str:
    """Return seconds with a fitting unit, ``3.1 ms`` or ``4 min 10 s``."""
    if seconds < 1:
        return f"{1000 * seconds:.2g} ms" if seconds < 0.1 else f"{1000 * seconds:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s"
