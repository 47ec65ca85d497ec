"""Pictures of fields on clouds: a dot at every point, coloured by the value there."""

from __future__ import annotations

from surrogate.evaluation.report.figures import Array, blank, encoded, explained


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
        cmap="RdBu_r" if diverging else "viridis",
        vmin=limits[0],
        vmax=limits[1],
        linewidths=0,
        rasterized=True,
    )
    axes.set_aspect("equal")
    return explained(figure, axes, dots, label)
