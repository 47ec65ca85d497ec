"""The picture of errors at levels: one panel an axis, one point a level with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from surrogate.evaluation.generalisation.level_errors import LevelError
from surrogate.evaluation.report.figures import ACCENT, INK, MUTED, WARM, dressed, encoded, in_percent, logarithmic

ACROSS = 3  # panels in a row


def level_plot(panels: Sequence[tuple[str, Sequence[LevelError], float]]) -> str:
    """Return a picture of ``(title, levels, bar)`` panels, errors in per cent, logarithmic and on one scale.

    A point below its bar counts as valid. The level of the data is filled; a level without an error is crossed out.
    """
    rows = -(-len(panels) // ACROSS)
    figure = Figure(figsize=(2.9 * min(len(panels), ACROSS), 2.35 * rows))
    figure.patch.set_alpha(0)
    grid = figure.add_gridspec(rows, min(len(panels), ACROSS), wspace=0.1, hspace=0.55)
    first: Axes | None = None
    for number, (title, levels, bar) in enumerate(panels):
        axes = figure.add_subplot(grid[number // ACROSS, number % ACROSS], sharey=first)
        first = first or axes
        _panel(dressed(axes), title, levels, bar)
        axes.tick_params(labelleft=number % ACROSS == 0)
    if first is not None:
        first.set_yscale("log")
        logarithmic(first.yaxis, in_percent, (1.0, 2.0, 5.0), 20)
    return encoded(figure, tight=True)


def _panel(axes: Axes, title: str, levels: Sequence[LevelError], bar: float) -> None:
    axes.set_title(title, loc="left", color=INK, fontsize=10.5, parse_math=False)
    axes.axhline(bar, color=WARM, linewidth=1.2, linestyle=(0, (4, 2)))
    seen = [(at, level.mean) for at, level in enumerate(levels) if level.answered and level.mean]
    axes.plot([at for at, _ in seen], [error for _, error in seen], color=ACCENT, linewidth=1.0, alpha=0.5)
    for at, level in enumerate(levels):
        if not (level.mean and all(map(math.isfinite, (level.mean, level.low, level.high)))):
            axes.plot([at], [0.9], marker="x", color=MUTED, markersize=7, transform=axes.get_xaxis_transform())
            continue
        spans = [[level.mean - level.low], [level.high - level.mean]]
        style: dict[str, Any] = {
            "color": ACCENT,
            "markerfacecolor": ACCENT if level.trained else "none",
            "markersize": 4.0,
            "capsize": 4,
            "elinewidth": 1.4,
        }
        axes.errorbar([at], [level.mean], yerr=spans, fmt="o", **style)
    axes.set_xlim(-0.5, len(levels) - 0.5)
    axes.set_xticks(range(len(levels)), [level.label for level in levels])
