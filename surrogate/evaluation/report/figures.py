"""Pictures of fields and curves as SVG data URIs that follow the reader's light or dark page. No global state.

Fields are ``(s...)``, one channel; the first axis, x, runs to the right and the second, y, upwards.
"""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from surrogate.spaces import Grid

Array = NDArray[Any]
Points = Sequence[tuple[float, float]]

# Each colour is drawn as its light value and stands in the SVG as a variable with a light and a dark value.
INK, MUTED, FAINT, ACCENT, WARM = "#1f2430", "#5d6675", "#dfe3e9", "#2059c8", "#c2500e"
_DARK = {INK: "#e8eaee", MUTED: "#a3abb8", FAINT: "#333a46", ACCENT: "#7eaaff", WARM: "#ffa265"}

# Points per axis of a picture: more cannot be seen at its size, and would weigh in the file.
PIXELS = 160
FONT = 10.5
_COLUMNS = 3  # of a legend


def line_panel(curves: Mapping[str, Array], grid: Grid, label: str) -> str:
    """Return a picture of fields ``(nx,)`` over the one axis of the grid, named where there are several."""
    figure, axes = blank(3.9, 2.6)
    axes.set_position((0.18, 0.17, 0.8, 0.72))
    for (name, values), style in zip(curves.items(), _styles(len(curves)), strict=True):
        axes.plot(grid.coordinates()[0], values, label=name, **style)
    axes.set_xlabel("x")
    axes.set_ylabel(label, parse_math=False)
    axes.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3))
    axes.yaxis.get_offset_text().set(color=MUTED, size=FONT - 1.5, horizontalalignment="right")
    if len(curves) > 1:
        _legend(axes)
    return encoded(figure)


def curve_plot(
    curves: Mapping[str, tuple[Array, Array]], across: str, up: str, percent: bool = False, log: bool = False
) -> str:
    """Return a picture of ``name -> (x, y)`` curves with a logarithmic y axis, with ``log`` also across."""
    figure, axes = blank(5.6, 3.0)
    for (name, (x, y)), style in zip(curves.items(), _styles(len(curves)), strict=True):
        axes.plot(x, y, label=name, marker="o" if len(x) < 16 else "", markersize=3.5, **style)
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    logarithmic(axes.yaxis, in_percent if percent else lambda y, _: f"{y:g}", (1.0, 2.0, 5.0), 20)
    if log:
        axes.set_xscale("log")
        logarithmic(axes.xaxis, lambda x, _: f"{x:g}", (1.0, 2.0, 5.0), 20, within=(1.0, 2.0, 3.0, 5.0))
        logarithmic(axes.yaxis, lambda y, _: f"{y:.0e}", (1.0,), 8)
    axes.set_xlabel(across, parse_math=False)
    axes.set_ylabel(up, parse_math=False)
    _legend(axes)
    return encoded(figure, tight=True)


def tradeoff_plot(
    lines: Mapping[str, Points], dots: Mapping[str, Points], named: Mapping[str, tuple[float, float]], x: str, y: str
) -> str:
    """Return a picture of ``(seconds, error)`` points, both logarithmic, errors in per cent.

    Args:
        lines: joined points.
        dots: faint points.
        named: single points, each with a marker of its own.
        x: what is across.
        y: what is upwards.
    """
    figure, axes = blank(5.6, 3.6)
    for name, points in dots.items():
        axes.plot(*zip(*points, strict=True), ".", color=MUTED, markersize=4, label=name)
    for name, points in lines.items():
        axes.plot(*zip(*points, strict=True), "o-", color=ACCENT, markersize=4, linewidth=1.7, label=name)
    for (name, point), marker in zip(named.items(), "D^sv*P" * len(named), strict=False):
        axes.plot(*point, marker, color=WARM, markersize=6.5, label=name, linestyle="none")
    axes.set(xscale="log", yscale="log")
    axes.margins(0.12)
    logarithmic(axes.xaxis, lambda value, _: f"{value:.3g}", (1.0, 3.0), 8)
    logarithmic(axes.yaxis, in_percent, (1.0, 3.0), 8)
    axes.set_xlabel(x, parse_math=False)
    axes.set_ylabel(y, parse_math=False)
    _legend(axes)
    return encoded(figure, tight=True)


def histogram(values: Array, mean: float, across: str) -> str:
    """Return a picture of how the finite ``values``, fractions shown in per cent, are distributed."""
    figure, axes = blank(5.6, 3.0)
    shown = 100 * values[np.isfinite(values)]
    axes.hist(shown, bins=int(np.clip(np.sqrt(max(len(shown), 1)) * 1.5, 5, 40)), color=ACCENT, rwidth=0.94)
    axes.axvline(100 * mean, color=WARM, linewidth=1.6, label=f"mean {100 * mean:.3g} %")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.set_xlabel(across, parse_math=False)
    axes.set_ylabel("count")
    _legend(axes)
    return encoded(figure, tight=True)


def colour_bar(limits: tuple[float, float], colours: str, label: str) -> str:
    """Return a picture of the colours of a map of that name, lying, with what they stand for."""
    figure, axes = blank(2.75, 0.42)
    axes.set_position((0.03, 0.62, 0.94, 0.3))
    axes.imshow([np.linspace(0, 1, 256)], cmap=colours, aspect="auto", extent=(*_apart(limits), 0, 1))
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.4g}")
    axes.tick_params(labelsize=FONT - 2)
    return encoded(figure)


def curve_frame(curves: Sequence[Array], limits: tuple[float, float]) -> str:
    """Return a small picture, without axes, of one or two curves ``(nx,)`` between two values; the second is dashed."""
    figure, axes = blank(2.75, 1.7)
    axes.set_position((0.0, 0.0, 1.0, 1.0))
    axes.tick_params(length=0, labelbottom=False, labelleft=False)
    for values, style in zip(curves, _styles(len(curves)), strict=True):
        step = -(-len(values) // (2 * PIXELS))
        axes.plot(np.arange(len(values))[::step], values[::step], **style)
    axes.set_xlim(0, len(curves[0]) - 1)
    axes.set_ylim(*_apart(limits))
    return encoded(figure)


def middle_slice(field: Array) -> Array:
    """Return the slice in the middle of the third axis, or the field itself where there is none."""
    return field[:, :, field.shape[2] // 2] if field.ndim == 3 else field


def shared_limits(*fields: Array) -> tuple[tuple[float, float], bool]:
    """Return the limits of one colour bar for all fields, and whether it has a neutral middle, as the first wants."""
    values = np.concatenate([middle_slice(field).ravel() for field in fields])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    first = middle_slice(fields[0])
    below, above = (float((sign * first)[np.isfinite(first)].max(initial=0.0)) for sign in (-1, 1))
    if min(below, above) > 0.1 * max(below, above):
        return signed_limits(values), True
    return (low, high), False


def signed_limits(*fields: Array) -> tuple[float, float]:
    """Return limits symmetric about zero for all fields."""
    values = np.abs(np.concatenate([middle_slice(field).ravel() for field in fields]))
    top = float(values[np.isfinite(values)].max(initial=0.0)) or 1.0
    return -top, top


def logarithmic(
    axis: Axis,
    text: Callable[[float, float], str],
    steps: Sequence[float],
    most: int,
    within: Sequence[float] = (1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0),
) -> None:
    """Give a logarithmic axis ticks at ``steps`` in each decade, or ``within`` a single one, and at most so many."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=steps if high > 10 * low else within, numticks=most))
    axis.set_major_formatter(text)
    axis.set_minor_locator(NullLocator())


def in_percent(share: float, _: float) -> str:
    """Return what a tick at ``share`` says."""
    return f"{100 * share:g} %"


def blank(width: float, height: float) -> tuple[Figure, Axes]:
    """Return an empty picture, in inches, and its axes."""
    figure = Figure(figsize=(width, height))
    figure.patch.set_alpha(0)
    return figure, dressed(figure.add_subplot())


def dressed(axes: Axes) -> Axes:
    """Return the axes with the lines and colours of every picture of ours."""
    axes.patch.set_alpha(0)
    axes.grid(color=FAINT, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(which="both", colors=MUTED, labelsize=FONT - 1.5, length=3)
    for axis in (axes.xaxis, axes.yaxis):
        axis.label.set(color=INK, size=FONT)
    return axes


def _legend(axes: Axes) -> None:
    lines, names = axes.get_legend_handles_labels()
    rows = [at for column in range(_COLUMNS) for at in range(column, len(lines), _COLUMNS)]  # a legend fills columns
    legend = axes.legend(
        [lines[at] for at in rows],
        [names[at] for at in rows],
        frameon=False,
        fontsize=FONT - 1,
        labelcolor=INK,
        handlelength=1.6,
        loc="lower left",
        bbox_to_anchor=(0.02, 1.0),
        ncols=_COLUMNS,
        borderaxespad=0.1,
        columnspacing=1.2,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def _styles(count: int) -> Sequence[dict[str, Any]]:
    solid = {"linewidth": 1.7}
    styles: list[dict[str, Any]] = [
        {"color": ACCENT, **solid},
        {"color": WARM, "linestyle": (0, (4, 2)), **solid},
        {"color": MUTED, "linestyle": (0, (1, 1.4)), **solid},
        {"color": INK, "linestyle": (0, (6, 1.5, 1, 1.5)), **solid},
    ]
    # A second round is told from the first by its width.
    return [styles[i % len(styles)] | ({"linewidth": 3.2} if i >= len(styles) else {}) for i in range(count)]


def _apart(limits: tuple[float, float]) -> tuple[float, float]:
    """Return limits of which one is above the other, as an axis needs them."""
    half = abs(limits[0]) / 2 or 0.5
    return limits if limits[0] < limits[1] else (limits[0] - half, limits[1] + half)


def encoded(figure: Figure, tight: bool = False) -> str:
    """Return the figure as a data URI of an SVG whose colours are variables."""
    buffer = io.BytesIO()
    # A sign that the font lacks is drawn as a box; saying so on the terminal helps nobody.
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "surrogate"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*missing from font.*")
        FigureCanvasSVG(figure).print_figure(
            buffer,
            format="svg",
            metadata={"Date": None},
            dpi=150,
            bbox_inches="tight" if tight else None,
            pad_inches=0.03,
        )
    text = buffer.getvalue().decode()
    light = "".join(f"--c{colour[1:]}:{colour};" for colour in _DARK)
    dark = "".join(f"--c{colour[1:]}:{value};" for colour, value in _DARK.items())
    for colour in _DARK:
        text = text.replace(colour, f"var(--c{colour[1:]})")
    rules = f"<style>svg{{{light}}}@media(prefers-color-scheme:dark){{svg{{{dark}}}}}</style>"
    end_of_root = text.index(">", text.index("<svg")) + 1
    text = text[:end_of_root] + rules + text[end_of_root:]
    return "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode()
