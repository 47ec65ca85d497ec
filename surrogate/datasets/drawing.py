"""A field on an axis of a picture: an image with its colours, or lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from surrogate.spaces import FieldSpec, Grid

Array = NDArray[Any]

FLATTEST = 4.0  # a box longer than this many times its width is not drawn to scale
_SIGNED = 0.02  # less than this share of the other sign is no sign
_TINY = 10.0  # the largest value is this many times the middle one


def draw_image(axes: Axes, values: Array, grid: Grid, colours: Colours) -> Any:
    """Draw a field of two axes, or the middle plane of one of three, to scale, with its bar; return the image."""
    x, y = (_edges(at, step) for at, step in zip(grid.coordinates()[:2], grid.spacing[:2], strict=True))
    long = max(grid.lengths[:2]) > FLATTEST * min(grid.lengths[:2])
    image = axes.imshow(
        plane(values).T,
        origin="lower",
        extent=(*x, *y),
        aspect="auto" if long else "equal",
        cmap=colours.map,
        norm=colours.norm(),
        interpolation="nearest",
    )
    name_axes(axes, "x", "y")
    if len(grid.points) == 3:
        axes.text(0.98, 0.02, "middle z", transform=axes.transAxes, ha="right", va="bottom", fontsize=6.5)
    add_bar(axes, image)
    return image


def draw_lines(axes: Axes, grid: Grid, axis: int, curves: Sequence[Array], colours: Any) -> list[Any]:
    """Draw curves over one axis of the grid, each in its colour; return the lines."""
    at = grid.coordinates()[axis]
    drawn = [
        axes.plot(at, curve, color=colour, linewidth=1.2)[0] for curve, colour in zip(curves, colours, strict=True)
    ]
    name_axes(axes, "xyz"[axis], "")
    axes.margins(x=0.0)
    return drawn


def add_bar(axes: Axes, image: Any) -> None:
    """Add the colour bar of an image."""
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    bar = figure.colorbar(image, ax=axes, shrink=0.85, aspect=15.0, pad=0.03)
    bar.outline.set_visible(False)
    if isinstance(image.norm, LogNorm):
        bar.formatter = FuncFormatter(lambda value, _: f"{value:g}")
        bar.minorticks_off()
    else:
        bar.locator = MaxNLocator(nbins=4)
        bar.formatter.set_powerlimits((-2, 3))  # type: ignore[attr-defined]
        bar.update_ticks()
    bar.ax.tick_params(labelsize=7.0, length=2.0)
    bar.ax.yaxis.get_offset_text().set(size=7.0)


def name_axes(axes: Axes, x: str, y: str) -> None:
    """Name the axes, with few ticks."""
    axes.set_xlabel(x, labelpad=1.0)
    axes.set_ylabel(y, labelpad=1.0)
    axes.tick_params(labelsize=7.0, length=2.0)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=3, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=3, steps=[1, 2, 5, 10]))


def plane(values: Array) -> Array:
    """Return the middle plane of three axes, or the field as it is."""
    return values[:, :, values.shape[2] // 2] if values.ndim == 3 else values


def _edges(at: Array, step: float) -> tuple[float, float]:
    return float(at[0]) - step / 2, float(at[-1]) + step / 2


def label(field: FieldSpec) -> str:
    """Return the name of a field with its unit."""
    name = field.name.replace("_", " ")
    return name if field.unit in ("", "1") else f"{name} [{field.unit}]"


@dataclass(frozen=True)
class Colours:
    """Limits and map of one field of one sample.

    Diverging about zero where the field has both signs, logarithmic where it is positive and most of it is tiny.
    """

    low: float
    high: float
    map: str = "viridis"
    logarithmic: bool = False

    @classmethod
    def of(cls, values: Array) -> Colours:
        low, high = float(values.min()), float(values.max())
        largest = max(abs(low), abs(high))
        if min(-low, high) > _SIGNED * largest:
            return cls(-largest, largest, "RdBu_r")
        if low == high:
            apart = largest / 2 or 0.5
            return cls(low - apart, high + apart)
        return cls(low, high, logarithmic=low > 0 and high > _TINY * float(np.median(values)))

    def norm(self) -> Normalize:
        """Return what takes values to the ends and the middle of the map."""
        return LogNorm(self.low, self.high) if self.logarithmic else Normalize(self.low, self.high)
