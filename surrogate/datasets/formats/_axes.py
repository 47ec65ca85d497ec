"""A grid from the coordinates that a foreign file gives along each axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from surrogate.errors import InputError
from surrogate.spaces import Grid, Placement

# Coordinates are published in single precision, rounded: by so much of a spacing they may be off.
_TOLERANCE = 1e-3
_MOST_DIGITS = 6


class PlacedAxis(NamedTuple):
    """Where the points of an axis lie, as :class:`surrogate.domains.Grid` says it."""

    points: int
    length: float
    placement: Placement
    origin: float


def axis_of(name: str, coordinates: NDArray[Any], periodic: bool, where: str) -> PlacedAxis:
    """Return the axis whose points have these coordinates ``(n,)``.

    A file says the points and not the box. Of the boxes that they may fill (both ends are points, every point is the
    centre of a cell, the right end is left out), it is the one whose ends are the rounder numbers, or multiples of pi;
    where they are equally round, the last on a periodic axis and the first on another.

    Raises:
        InputError: fewer than two points, or they are not equally spaced and growing.
    """
    places = np.asarray(coordinates, np.float64).ravel()
    count = len(places)
    if count < 2 or not np.isfinite(places).all():
        raise InputError(f"{where}: axis {name} has {count} points; expected two or more, all finite")
    if not equally_spaced(places):
        raise InputError(
            f"{where}: the points of axis {name} are not equally spaced and growing; "
            "lengths=... and placement=... take them as if they were"
        )
    first, last = float(places[0]), float(places[-1])
    spacing = (last - first) / (count - 1)
    boxes: list[tuple[float, float, Placement]] = [(first, last + spacing, "left")] if periodic else []
    boxes.append((first, last, "nodes"))
    boxes.append((first - spacing / 2, last + spacing / 2, "cells"))
    span = count * spacing
    # On a periodic axis both ends are one point, so it is seldom there twice.
    seldom = {"nodes": 1.5 if periodic else 0.0}
    low, high, placement = min(
        boxes, key=lambda box: _digits(box[0], span) + _digits(box[1], span) + seldom.get(box[2], 0)
    )
    low, high = _rounded(low, span), _rounded(high, span)
    return PlacedAxis(count, high - low, placement, low)


def equally_spaced(coordinates: NDArray[Any]) -> bool:
    """Return whether coordinates ``(n,)``, two or more, grow by the same amount each."""
    places = np.asarray(coordinates, np.float64)
    if len(places) < 2:
        return False
    spacing = (places[-1] - places[0]) / (len(places) - 1)
    rounding = 4 * float(np.finfo(np.float32).eps) * float(np.abs(places).max())
    off = float(np.abs(places - np.linspace(places[0], places[-1], len(places))).max())
    return bool(spacing > 0 and off <= _TOLERANCE * spacing + rounding)


def grid_of(axes: Sequence[PlacedAxis]) -> Grid:
    """Return the grid of these axes."""
    points, lengths, placement, origin = zip(*axes, strict=True)
    return Grid(points=points, lengths=lengths, placement=placement, origin=origin)


def placed_axis(coordinates: NDArray[Any], placement: Placement) -> PlacedAxis:
    """Return the axis of equally spaced points ``(n,)``, two or more, whose place in their cells is known."""
    first, last, count = float(coordinates[0]), float(coordinates[-1]), len(coordinates)
    spacing = (last - first) / (count - 1)
    length = last - first if placement == "nodes" else count * spacing
    return PlacedAxis(count, length, placement, first - (spacing / 2 if placement == "cells" else 0.0))


def unknown_axis(count: int, periodic: bool) -> PlacedAxis:
    """Return an axis of which the file says nothing but its points: of length 1 from 0."""
    return PlacedAxis(count, 1.0, "left" if periodic else "cells", 0.0)


def _candidates(value: float) -> tuple[tuple[float, float], ...]:
    return ((value, 1.0), (value / math.pi, math.pi))


def _digits(value: float, span: float) -> int:
    """Return how many decimals a value takes, or its ratio to pi, to a small part of the span; 0 takes -1."""
    if abs(value) <= 2e-6 * span:
        return -1
    return min(_decimals(ratio, span / unit) for ratio, unit in _candidates(value))


def _rounded(value: float, span: float) -> float:
    """Return the value that a rounded coordinate stands for."""
    ratio, unit = min(_candidates(value), key=lambda pair: _decimals(pair[0], span / pair[1]))
    digits = _decimals(ratio, span / unit)
    scale = _power_of_ten(span / unit)
    return value if digits > _MOST_DIGITS else round(ratio / scale, digits) * scale * unit + 0.0


def _decimals(value: float, span: float) -> int:
    scaled = value / _power_of_ten(span)
    fits = (digits for digits in range(_MOST_DIGITS + 1) if abs(round(scaled, digits) - scaled) <= 2e-6)
    return next(fits, _MOST_DIGITS + 1)


def _power_of_ten(span: float) -> float:
    return float(10.0 ** math.floor(math.log10(span)))
