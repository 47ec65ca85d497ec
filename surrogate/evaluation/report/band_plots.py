"""Pictures of bands: what they hold at every level, and one of them along a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.ticker import MultipleLocator

from surrogate.evaluation.report.figures import ACCENT, INK, MUTED, WARM, blank, encoded, in_percent

_STYLES = ((ACCENT, "-", "o"), (WARM, "-", "s"), (MUTED, (0, (1, 1.4)), "^"))


def calibration_plot(levels: Sequence[float], curves: Mapping[str, Sequence[float]]) -> str:
    """Return a picture of observed coverage over nominal level; what is calibrated lies on the diagonal."""
    figure, axes = blank(5.6, 3.6)
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    for (name, values), (colour, line, marker) in zip(curves.items(), _STYLES, strict=False):
        axes.plot(
            levels, values, color=colour, linestyle=line, marker=marker, markersize=3.5, linewidth=1.5, label=name
        )
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="level asked for", ylabel="share held, on test samples")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MultipleLocator(0.25))
        axis.set_major_formatter(in_percent)
    axes.legend(frameon=False, fontsize=9.5, labelcolor=INK, loc="upper left", handlelength=1.8)
    return encoded(figure, tight=True)


def band_plot(
    x: Sequence[float], error: Sequence[float], half_widths: Mapping[str, Sequence[float]], label: str
) -> str:
    """Return a picture of the error along a line, truth minus prediction, and of the bands that are to hold it.

    The widest band is the faintest.
    """
    figure, axes = blank(5.6, 3.0)
    for (name, half), alpha in zip(half_widths.items(), (0.32, 0.16), strict=False):
        axes.fill_between(x, -np.asarray(half), half, color=ACCENT, alpha=alpha, linewidth=0, label=name)
    axes.axhline(0, color=ACCENT, linewidth=1.2, label="prediction")
    axes.plot(x, error, color=WARM, linewidth=1.6, label="truth")
    axes.set_xlabel("x")
    axes.set_ylabel(label, parse_math=False)
    axes.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3))
    axes.yaxis.get_offset_text().set(color=MUTED, horizontalalignment="right")
    axes.legend(frameon=False, fontsize=9, labelcolor=INK, ncols=2, loc="lower left", bbox_to_anchor=(0, 1.0))
    return encoded(figure, tight=True)
