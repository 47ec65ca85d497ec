"""Pictures of samples: one row each, inputs to the left and states to the right, and an animation where time passes.

The first axis, x, runs to the right and the second, y, upwards. Of three axes the middle plane of the third is shown,
of one axis lines, and time upwards in an image. A field that is the same along an axis is drawn as the line it is, and
one that is the same everywhere as its number.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from surrogate.datasets.preview import Preview
from surrogate.fields import FieldSpec, Grid

Array = NDArray[Any]

_PANEL = 2.5  # inches
_NARROWEST = 4.5
_WIDEST = 8  # panels beside each other
_FLATTEST = 4.0  # a box longer than this many times its width is not drawn to scale
_SIGNED = 0.02  # less than this share of the other sign is no sign
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


@dataclass(frozen=True)
class _Colours:
    """Limits and map of one field of one sample: diverging about zero where the field has both signs."""

    low: float
    high: float
    map: str

    @classmethod
    def of(cls, values: Array) -> _Colours:
        low, high = float(values.min()), float(values.max())
        largest = max(abs(low), abs(high))
        if min(-low, high) > _SIGNED * largest:
            return cls(-largest, largest, "RdBu_r")
        return cls(low, high, "viridis") if high > low else cls(low - 0.5, high + 0.5, "viridis")


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
            _moving(grid[row, channel], preview.states[row, :, channel], spec.grid, _label(field))
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
        axes.set_title(_label(field))
        one = values[row]
        for axis in reversed(range(len(grid.points))):
            if axis not in varying:
                one = np.take(one, 0, axis)
        if not varying:
            axes.text(0.5, 0.5, f"{float(one):.4g}", transform=axes.transAxes, ha="center", va="center", fontsize=14.0)
            axes.axis("off")
        elif len(varying) == 1:
            _line(axes, grid, varying[0], [one], ["#2059c8"], [None])
        else:
            _image(axes, values[row], grid, _Colours.of(_plane(values[row])), bar=True)

    return draw


def _frame(preview: Preview, channel: int, field: FieldSpec, frame: int) -> _Draw:
    spec, values = preview.spec, preview.states[:, :, channel]
    steady = len(spec.times) == 1

    def draw(axes: Axes, row: int) -> None:
        axes.set_title(_label(field) + ("" if steady else f", t = {spec.times[frame]:.4g}"))
        if len(spec.grid.points) == 1:
            _line(axes, spec.grid, 0, [values[row, frame]], ["#c2500e"], [None])
        else:
            # All frames of a sample have the same colours, so that growth and decay are seen.
            shown = np.stack([_plane(each) for each in values[row]])
            _image(axes, values[row, frame], spec.grid, _Colours.of(shown), bar=True)

    return draw


def _lines(preview: Preview, channel: int, field: FieldSpec) -> _Draw:
    spec, values = preview.spec, preview.states[:, :, channel]
    chosen = _spread(len(spec.times), 2 if _turns(values[:, -1]) > _WIGGLES else _LINES)

    def draw(axes: Axes, row: int) -> None:
        axes.set_title(_label(field), pad=13.0)
        colours = mpl.colormaps["plasma"](np.linspace(0.0, 0.85, len(chosen)))
        names = [f"{'t = ' * (frame == 0)}{spec.times[frame]:.3g}" for frame in chosen]
        _line(axes, spec.grid, 0, [values[row, frame] for frame in chosen], colours, names)
        above: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (-0.04, 0.97), "ncols": len(chosen)}
        axes.legend(
            fontsize=6.5, frameon=False, handlelength=0.9, handletextpad=0.3, columnspacing=0.7, borderpad=0.2, **above
        )

    return draw


def _turns(curves: Array) -> int:
    """Return how often the most restless of the curves ``(n, x)`` turns, by more than a fiftieth of its range."""
    steps = np.round(50 * curves / (np.ptp(curves, axis=1, keepdims=True) + 1e-30))
    most = 0
    for slopes in np.sign(np.diff(steps, axis=1)):
        moving = slopes[slopes != 0]
        most = max(most, int((np.diff(moving) != 0).sum()))
    return most


def _space_time(preview: Preview, channel: int, field: FieldSpec) -> _Draw:
    spec, values = preview.spec, preview.states[:, :, channel]

    def draw(axes: Axes, row: int) -> None:
        axes.set_title(f"{_label(field)} in time")
        colours = _Colours.of(values[row])
        (x,) = spec.grid.coordinates()
        mesh = axes.pcolormesh(
            x,
            np.asarray(spec.times),
            values[row],
            cmap=colours.map,
            vmin=colours.low,
            vmax=colours.high,
            shading="nearest",
            rasterized=True,
        )
        _named(axes, "x", "t")
        _bar(axes, mesh)

    return draw


def _moving(axes: Axes, values: Array, grid: Grid, label: str) -> Callable[[int], Any]:
    """Draw the first of the frames ``(t, s...)`` and return what moves the drawing to another."""
    axes.set_title(label)
    if len(grid.points) == 1:
        (line,) = _line(axes, grid, 0, [values[0]], ["#c2500e"], [None])
        low, high = float(values.min()), float(values.max())
        margin = 0.05 * (high - low) or 0.5
        axes.set_ylim(low - margin, high + margin)
        return lambda frame: line.set_ydata(values[frame])
    planes = np.stack([_plane(each) for each in values])
    image = _image(axes, values[0], grid, _Colours.of(planes), bar=True)
    return lambda frame: image.set_data(planes[frame].T)


def _image(axes: Axes, values: Array, grid: Grid, colours: _Colours, bar: bool) -> Any:
    x, y = (_edges(at, step) for at, step in zip(grid.coordinates()[:2], grid.spacing[:2], strict=True))
    long = max(grid.lengths[:2]) > _FLATTEST * min(grid.lengths[:2])
    image = axes.imshow(
        _plane(values).T,
        origin="lower",
        extent=(*x, *y),
        aspect="auto" if long else "equal",
        cmap=colours.map,
        vmin=colours.low,
        vmax=colours.high,
        interpolation="nearest",
    )
    _named(axes, "x", "y")
    if len(grid.points) == 3:
        axes.text(0.98, 0.02, "middle z", transform=axes.transAxes, ha="right", va="bottom", fontsize=6.5)
    if bar:
        _bar(axes, image)
    return image


def _line(axes: Axes, grid: Grid, axis: int, curves: Sequence[Array], colours: Any, names: Sequence[str | None]) -> Any:
    at = grid.coordinates()[axis]
    drawn = [
        axes.plot(at, curve, color=colour, label=name, linewidth=1.2)[0]
        for curve, colour, name in zip(curves, colours, names, strict=True)
    ]
    _named(axes, "xyz"[axis], "")
    axes.margins(x=0.0)
    return drawn


def _bar(axes: Axes, image: Any) -> None:
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    bar = figure.colorbar(image, ax=axes, shrink=0.85, aspect=15.0, pad=0.03)
    bar.outline.set_visible(False)
    bar.locator = MaxNLocator(nbins=4)
    bar.formatter.set_powerlimits((-2, 3))  # type: ignore[attr-defined]
    bar.update_ticks()
    bar.ax.tick_params(labelsize=7.0, length=2.0)
    bar.ax.yaxis.get_offset_text().set(size=7.0)


def _named(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x, labelpad=1.0)
    axes.set_ylabel(y, labelpad=1.0)
    axes.tick_params(labelsize=7.0, length=2.0)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=3, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=3, steps=[1, 2, 5, 10]))


def _plane(values: Array) -> Array:
    return values[:, :, values.shape[2] // 2] if values.ndim == 3 else values


def _edges(at: Array, step: float) -> tuple[float, float]:
    return float(at[0]) - step / 2, float(at[-1]) + step / 2


def _label(field: FieldSpec) -> str:
    name = field.name.replace("_", " ")
    return name if field.unit in ("", "1") else f"{name} [{field.unit}]"


def _spread(count: int, most: int) -> list[int]:
    """Return at most ``most`` of ``count`` frames, the first and the last among them."""
    return sorted({round(frame) for frame in np.linspace(0, count - 1, min(count, most))}) if most > 1 else [count - 1]


def _height(grid: Grid) -> float:
    """Return the height of a panel in inches, from the shape of the box."""
    if len(grid.points) == 1:
        return _PANEL * 0.75
    ratio = grid.lengths[1] / grid.lengths[0]
    return _PANEL * 0.85 * min(2.0, max(0.5, ratio if 1 / _FLATTEST <= ratio <= _FLATTEST else 0.5))
