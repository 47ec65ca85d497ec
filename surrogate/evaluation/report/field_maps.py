"""Pictures of fields as maps: on a grid of two axes in colours, on a cloud as a dot at every point."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from surrogate.evaluation.report.figures import FONT, INK, MUTED, PIXELS, Array, blank, encoded, middle_slice
from surrogate.spaces import Grid


def field_panel(field: Array, grid: Grid, label: str, limits: tuple[float, float], diverging: bool) -> str:
    """Return a picture of a field on a grid of two axes, or of its middle slice along the third.

    Args:
        field: values, ``(nx, ny)`` or ``(nx, ny, nz)``.
        grid: gives the coordinates on the axes.
        label: says what the colours are, with the unit.
        limits: values of the two ends of the colour bar.
        diverging: colours with a neutral middle, for signed values.
    """
    field = middle_slice(field)
    stride = [-(-n // PIXELS) for n in field.shape]
    x, y = (at[::step] for at, step in zip(grid.coordinates(), stride, strict=False))
    figure, axes = blank(2.75, 2.2)
    axes.set_position((0.17, 0.16, 0.59, 0.74))
    image = axes.imshow(
        field[:: stride[0], :: stride[1]].T,
        origin="lower",
        extent=(*_edges(x), *_edges(y)),
        **_colours(limits, diverging),
        interpolation="none",
    )
    axes.grid(visible=False)
    return _explained(figure, axes, image, label)


def scatter_panel(
    values: Array, coordinates: Array, label: str, limits: tuple[float, float], diverging: bool = False
) -> str:
    """Return a picture of a field on points of one axis, as dots above it, or of more, as colours of their first two.

    Args:
        values: ``(p,)``.
        coordinates: ``(d, p)``.
        label: says what the values are, with the unit.
        limits: values of the two ends of the axis, or of the colour bar.
        diverging: colours with a neutral middle, for signed values.
    """
    figure, axes = blank(2.75, 2.2)
    axes.set_position((0.17, 0.16, 0.59, 0.74))
    size = min(16.0, max(1.0, 4000 / max(len(values), 1)))
    if len(coordinates) == 1:
        axes.scatter(coordinates[0], values, s=size, rasterized=True)
        axes.set_ylim(*limits) if limits[0] < limits[1] else None
        axes.set_xlabel("x")
        axes.set_title(label, loc="right", pad=3, parse_math=False)
        return encoded(figure)
    dots = axes.scatter(
        coordinates[0],
        coordinates[1],
        c=values,
        s=size,
        **_colours(limits, diverging),
        linewidths=0,
        rasterized=True,
    )
    axes.set_aspect("equal")
    return _explained(figure, axes, dots, label)


def _colours(limits: tuple[float, float], diverging: bool) -> dict[str, Any]:
    return {"cmap": "RdBu_r" if diverging else "viridis", "vmin": limits[0], "vmax": limits[1]}


def _explained(figure: Figure, axes: Axes, image: ScalarMappable, label: str) -> str:
    """Return a map with coordinates on its axes, what its colours mean beside it, and ``label`` above that."""
    for axis, name in ((axes.xaxis, "x"), (axes.yaxis, "y")):
        axis.set_major_locator(MaxNLocator(nbins=3, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_label_text(name)
        axis.labelpad = 2
    bar = figure.colorbar(image, cax=axes.inset_axes((1.05, 0.0, 0.06, 1.0)))
    bar.outline.set_visible(False)
    bar.ax.collections[0].set_rasterized(True)
    bar.ax.tick_params(labelsize=FONT - 1.5, colors=MUTED, length=2)
    bar.locator = MaxNLocator(nbins=5)
    bar.formatter.set_powerlimits((-2, 3))  # type: ignore[attr-defined]
    bar.update_ticks()
    bar.ax.yaxis.get_offset_text().set(color=MUTED, size=FONT - 1.5, horizontalalignment="left")
    axes.set_title(label, loc="right", pad=3, color=INK, fontsize=FONT - 0.5, parse_math=False)
    return encoded(figure)


def _edges(at: Array) -> tuple[float, float]:
    half = (at[1] - at[0]) / 2
    return float(at[0] - half), float(at[-1] + half)
