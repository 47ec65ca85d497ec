"""Pictures of samples: one row each, inputs to the left and states to the right, and an animation where time passes.

The first axis, x, runs to the right and the second, y, upwards. Of three axes the middle plane of the third is shown,
of one axis lines, and time upwards in an image. A field that is the same along an axis is drawn as the line it is, and
one that is the same everywhere as its number.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from surrogate.datasets.drawing import (
    FLATTEST,
    Array,
    Colours,
    add_bar,
    draw_image,
    draw_lines,
    label,
    name_axes,
    plane,
)
from surrogate.datasets.preview import Preview
from surrogate.spaces import FieldSpec, Grid

_PANEL = 2.5  # inches
_NARROWEST = 4.5
_WIDEST = 8  # panels beside each other
_LINES, _WIGGLES = 5, 12  # more turns than this, and only the first and the last line can be told apart
_FRAMES, _SECONDS = 60, 5.0
_STYLE: dict[Any, Any] = {
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#5d6675",
    "xtick.color": "#5d6675",
    "ytick.color": "#5d6675",
    "text.parse_math": False,
    "figure.dpi": 130.0,
    "figure.constrained_layout.w_pad": 0.08,
    "figure.constrained_layout.use": True,
}


def picture(preview: Preview) -> bytes:
    """Return the samples as a PNG."""
    spec, count = preview.spec, len(preview.states)
    panels = _panels(preview)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(max(_NARROWEST, _PANEL * len(panels) + 0.4), _height(spec.grid) * count + 0.6))
        _headline(figure, preview)
        grid = figure.subplots(count, len(panels), squeeze=False)
        for row in range(count):
            for column, draw in enumerate(panels):
                draw(grid[row, column], row)
        held = io.BytesIO()
        FigureCanvasAgg(figure).print_png(held)
    return held.getvalue()


def animation(preview: Preview) -> bytes | None:
    """Return the states of the samples in motion as a GIF, None of a steady problem."""
    spec = preview.spec
    if len(spec.times) == 1:
        return None
    count, width = len(preview.states), len(spec.states)
    chosen = _spread(len(spec.times), _FRAMES)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_PANEL * 1.2 * width + 0.4, _height(spec.grid) * 1.2 * count + 0.5), dpi=80)
        FigureCanvasAgg(figure)
        grid = figure.subplots(count, width, squeeze=False)
        moving = [
            _moving(grid[row, channel], preview.states[row, :, channel], spec.grid, label(field))
            for row in range(count)
            for channel, field in enumerate(spec.states)
        ]

        def show(frame: int) -> list[Any]:
            figure.suptitle(f"t = {spec.times[frame]:.4g}", x=0.01, horizontalalignment="left", fontweight="bold")
            return [move(frame) for move in moving]

        film = FuncAnimation(figure, show, frames=chosen, blit=False)
        return _gif(film, fps=max(2.0, min(20.0, len(chosen) / _SECONDS)))


def _headline(figure: Figure, preview: Preview) -> None:
    """Write the title, as large as fits, and beneath it where the samples are from."""
    width = figure.get_size_inches()[0]
    size = min(11.0, 120.0 * width / max(len(preview.title), 1))
    figure.suptitle(preview.title, x=0.01, horizontalalignment="left", fontsize=size, fontweight="bold")
    figure.supxlabel(preview.origin, x=0.99, horizontalalignment="right", fontsize=6.5, color="#5d6675")


def _gif(film: FuncAnimation, fps: float) -> bytes:
    """Pillow writes to a path; the file is made in a folder of its own and read back."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.gif"
        film.save(str(path), writer=PillowWriter(fps=round(fps)))
        return path.read_bytes()


_Draw = Callable[[Axes, int], None]


def _panels(preview: Preview) -> list[_Draw]:
    """Return what draws each column of a row, at most ``_WIDEST``."""
    spec, draws = preview.spec, list[_Draw]()
    for channel, field in enumerate(spec.constants):
        draws.append(_constant(preview, channel, field))
    room = max(1, (_WIDEST - len(draws)) // len(spec.states))
    for channel, field in enumerate(spec.states):
        if len(spec.times) == 1:
            draws.append(_frame(preview, channel, field, 0))
        elif len(spec.grid.points) == 1:
            draws += [_lines(preview, channel, field), _space_time(preview, channel, field)][:room]
        else:
            draws += [
                _frame(preview, channel, field, frame) for frame in _spread(len(spec.times), min(4, max(2, room)))
            ]
    return draws


def _constant(preview: Preview, channel: int, field: FieldSpec) -> _Draw:
    values, grid = preview.constants[:, channel], preview.spec.grid
    varying = [axis for axis in range(len(grid.points)) if np.ptp(values, axis=axis + 1).max() > 0]

    def draw(axes: Axes, row: int) -> None:
        axes.set_title(label(field))
        one = values[row]
        for axis in reversed(range(len(grid.points))):
            if axis not in varying:
                one = np.take(one, 0, axis)
        if not varying:
            axes.text(0.5, 0.5, f"{float(one):.4g}", transform=axes.transAxes, ha="center", va="center", fontsize=14.0)
            axes.axis("off")
        elif len(varying) == 1:
            draw_lines(axes, grid, varying[0], [one], ["#2059c8"])
        else:
            draw_image(axes, values[row], grid, Colours.of(plane(values[row])))

    return draw


def _frame(preview: Preview, channel: int, field: FieldSpec, frame: int) -> _Draw:
    spec, values = preview.spec, preview.states[:, :, channel]
    steady = len(spec.times) == 1

    def draw(axes: Axes, row: int) -> None:
        axes.set_title(label(field) + ("" if steady else f", t = {spec.times[frame]:.4g}"))
        if len(spec.grid.points) == 1:
            draw_lines(axes, spec.grid, 0, [values[row, frame]], ["#c2500e"])
        else:
            # All frames of a sample have the same colours, so that growth and decay are seen.
            shown = np.stack([plane(each) for each in values[row]])
            draw_image(axes, values[row, frame], spec.grid, Colours.of(shown))

    return draw


def _lines(preview: Preview, channel: int, field: FieldSpec) -> _Draw:
    spec, values = preview.spec, preview.states[:, :, channel]
    chosen = _spread(len(spec.times), 2 if _turns(values[:, -1]) > _WIGGLES else _LINES)

    def draw(axes: Axes, row: int) -> None:
        axes.set_title(label(field), pad=13.0)
        colours = mpl.colormaps["plasma"](np.linspace(0.0, 0.85, len(chosen)))
        names = [f"{'t = ' * (frame == 0)}{spec.times[frame]:.3g}" for frame in chosen]
        lines = draw_lines(axes, spec.grid, 0, [values[row, frame] for frame in chosen], colours)
        above: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (-0.04, 0.97), "ncols": len(chosen)}
        tight: dict[str, Any] = {"handlelength": 0.9, "handletextpad": 0.3, "columnspacing": 0.7, "borderpad": 0.2}
        axes.legend(lines, names, fontsize=6.5, frameon=False, **above, **tight)

    return draw


def _turns(curves: Array) -> int:
    """Return how often the most restless of the curves ``(n, x)`` turns, by more than a fiftieth of its range."""
    size = np.ptp(curves, axis=1, keepdims=True)
    steps = np.round(50 * np.divide(curves, size, out=np.zeros_like(curves), where=size > 0))
    most = 0
    for slopes in np.sign(np.diff(steps, axis=1)):
        moving = slopes[slopes != 0]
        most = max(most, int((np.diff(moving) != 0).sum()))
    return most


def _space_time(preview: Preview, channel: int, field: FieldSpec) -> _Draw:
    spec, values = preview.spec, preview.states[:, :, channel]

    def draw(axes: Axes, row: int) -> None:
        axes.set_title(f"{label(field)} in time")
        colours = Colours.of(values[row])
        (x,) = spec.grid.coordinates()
        mesh = axes.pcolormesh(
            x,
            np.asarray(spec.times),
            values[row],
            cmap=colours.map,
            norm=colours.norm(),
            shading="nearest",
            rasterized=True,
        )
        name_axes(axes, "x", "t")
        add_bar(axes, mesh)

    return draw


def _moving(axes: Axes, values: Array, grid: Grid, title: str) -> Callable[[int], Any]:
    """Draw the first of the frames ``(t, s...)`` and return what moves the drawing to another."""
    axes.set_title(title)
    if len(grid.points) == 1:
        (line,) = draw_lines(axes, grid, 0, [values[0]], ["#c2500e"])
        low, high = float(values.min()), float(values.max())
        margin = 0.05 * (high - low) or 0.5
        axes.set_ylim(low - margin, high + margin)
        return lambda frame: line.set_ydata(values[frame])
    planes = np.stack([plane(each) for each in values])
    image = draw_image(axes, values[0], grid, Colours.of(planes))
    return lambda frame: image.set_data(planes[frame].T)


def _spread(count: int, most: int) -> list[int]:
    """Return at most ``most`` of ``count`` frames, the first and the last among them."""
    return sorted({round(frame) for frame in np.linspace(0, count - 1, min(count, most))}) if most > 1 else [count - 1]


def _height(grid: Grid) -> float:
    """Return the height of a panel in inches, from the shape of the box."""
    if len(grid.points) == 1:
        return _PANEL * 0.75
    ratio = grid.lengths[1] / grid.lengths[0]
    return _PANEL * 0.85 * min(2.0, max(0.5, ratio if 1 / FLATTEST <= ratio <= FLATTEST else 0.5))
