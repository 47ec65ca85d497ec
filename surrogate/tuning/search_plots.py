"""The pictures of a search: its course, the curves of all trials, what mattered, and where the good ones lie."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from surrogate.evaluation.metric import metric_named
from surrogate.evaluation.report.figures import (
    ACCENT,
    FONT,
    INK,
    MUTED,
    WARM,
    blank,
    dressed,
    encoded,
    in_percent,
    logarithmic,
)
from surrogate.tuning.trial import StudyResult, Trial, last_names, short
from surrogate.tuning.tuning_settings import Choices, Dimension

_Axis = tuple[Callable[[str], float], Sequence[tuple[float, str]]]


def progress_plot(known: StudyResult) -> str:
    """Return a picture of the error of each trial, in their order, and of the best so far."""
    figure, axes = blank(5.6, 3.2)
    ended = [trial for trial in known.trials if trial.error is not None and trial.repeats is None]
    for state, colour, face in (("finished", ACCENT, ACCENT), ("pruned", MUTED, "none")):
        points = [(trial.number, trial.error) for trial in ended if trial.state == state]
        if points:
            axes.plot(*zip(*points, strict=True), "o", markersize=5, label=state, color=colour, markerfacecolor=face)
    failed = [trial.number for trial in known.trials if trial.state == "failed"]
    if failed:
        level = [0.03] * len(failed)
        at = axes.get_xaxis_transform()
        axes.plot(failed, level, "x", color=MUTED, markersize=6, label="failed", transform=at)
    finished = [trial for trial in ended if trial.state == "finished"]
    best = [min(one.error or math.inf for one in finished[: k + 1]) for k in range(len(finished))]
    if finished:
        numbers = [trial.number for trial in finished] + [len(known.trials) - 1]
        axes.step(numbers, [*best, best[-1]], where="post", color=WARM, linewidth=1.6, label="best so far")
    _errors(axes, known)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("trial")
    _legend(axes)
    return encoded(figure, tight=True)


def curves_plot(known: StudyResult) -> str:
    """Return a picture of the error by epoch of every trial; those that were pruned end early."""
    figure, axes = blank(5.6, 3.2)
    best = known.best
    for trial in known.trials:
        colour, alpha = (ACCENT, 0.45) if trial.state == "finished" else (MUTED, 0.7)
        if trial.curve and (best is None or trial.number != best.number):
            axes.plot(*_points(trial), linewidth=1.1, marker="." * (len(trial.curve) == 1), color=colour, alpha=alpha)
    if best is not None:
        axes.plot(*_points(best), color=WARM, linewidth=2.2, label=best.name)
        _legend(axes)
    _errors(axes, known)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("epoch")
    return encoded(figure, tight=True)


def importance_plot(importances: Mapping[str, float]) -> str:
    """Return a picture of the share of each setting, the largest on top."""
    ordered = sorted(importances.items(), key=lambda pair: pair[1])
    figure, axes = blank(5.6, 0.7 + 0.34 * len(ordered))
    axes.barh([name for name, _ in ordered], [share for _, share in ordered], color=ACCENT, height=0.6)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(in_percent)
    axes.set_xlabel("share")
    for label in axes.get_yticklabels():
        label.set(color=INK, size=FONT - 0.5, parse_math=False)
    return encoded(figure, tight=True)


def parallel_plot(known: StudyResult) -> str:
    """Return a picture with an axis for each setting and for the error, and a line for each trial that has one."""
    search = known.record.settings.search
    shown = sorted((one for one in known.trials if one.error), key=lambda one: -(one.error or 0.0))
    scales: dict[str, _Axis] = {key: _scale(dimension) for key, dimension in search.items()}
    low, high = math.log(shown[-1].error or 1.0), math.log(shown[0].error or 1.0)
    width = max(5.6, 1.45 * (len(search) + 1))
    figure = Figure(figsize=(width, 3.6))
    figure.patch.set_alpha(0)
    axes = dressed(figure.add_subplot())
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set_yticks([])
    best = known.best
    for trial in shown:
        place = (math.log(trial.error or 1.0) - low) / (high - low or 1.0)
        heights = [scales[key][0](trial.values[key]) for key in search] + [place]
        if best is not None and trial.number == best.number:
            axes.plot(heights, color=WARM, linewidth=2.4, zorder=3)
        elif trial.state == "finished":
            axes.plot(heights, color=ACCENT, linewidth=1.3, alpha=0.25 + 0.6 * (1 - place))
        else:
            axes.plot(heights, color=MUTED, linewidth=0.9, linestyle=(0, (3, 2)), alpha=0.6)
    text = metric_named(known.record.settings.metric).text
    ends = [(0.0, text(math.exp(low))), (1.0, text(math.exp(high)))] if high > low else [(0.0, text(math.exp(low)))]
    for at, ticks in enumerate([*(scale[1] for scale in scales.values()), ends]):
        axes.axvline(at, color=MUTED, linewidth=0.8, zorder=0)
        for height, word in ticks:
            axes.text(at + 0.03, height + 0.012, word, color=INK, size=FONT - 2, va="bottom", parse_math=False)
    names = [*(name.replace(".", ".\n") for name in last_names(list(search))), "valid error"]
    axes.set_xticks(range(len(names)), names, color=INK, size=FONT - 1)
    axes.tick_params(length=0)
    axes.set_xlim(-0.1, len(search) + 0.5)
    return encoded(figure, tight=True)


def _scale(dimension: Dimension) -> _Axis:
    """Return the height of a value from 0 to 1, and the ticks of the axis."""
    if isinstance(dimension, Choices):
        words = sorted(dimension.values, key=_number)
        heights = {word: k / max(len(words) - 1, 1) for k, word in enumerate(words)}
        return heights.__getitem__, [(height, short(word)) for word, height in heights.items()]
    bend: Callable[[float], float] = math.log if dimension.log else float
    low, high = bend(dimension.low), bend(dimension.high)

    def height(word: str) -> float:
        return (bend(float(word)) - low) / (high - low or 1.0)

    if dimension.whole and (dimension.high - dimension.low) / dimension.step < 8:
        whole = range(int(dimension.low), int(dimension.high) + 1, dimension.step)
        return height, [(height(str(n)), str(n)) for n in whole]
    middle = math.sqrt(dimension.low * dimension.high) if dimension.log else (dimension.low + dimension.high) / 2
    values = (dimension.low, middle, dimension.high)
    return height, [(height(repr(value)), f"{value:.2g}") for value in values]


def _number(word: str) -> tuple[float, str]:
    try:
        return float(word), ""
    except ValueError:
        return math.inf, word


def _points(trial: Trial) -> tuple[list[int], list[float]]:
    return list(trial.curve), list(trial.curve.values())


def _errors(axes: Axes, known: StudyResult) -> None:
    """Make the axis upwards one of errors."""
    metric = metric_named(known.record.settings.metric)
    axes.set_yscale("log")
    logarithmic(axes.yaxis, in_percent if metric.unit == "share" else lambda y, _: f"{y:g}", (1.0, 2.0, 5.0), 12)
    axes.set_ylabel(f"valid {metric.label}", parse_math=False)


def _legend(axes: Axes) -> None:
    legend = axes.legend(frameon=False, fontsize=FONT - 1, labelcolor=INK, ncols=4, loc="lower left")
    legend.set_bbox_to_anchor((0.0, 1.0))
