"""Frames of a roll-out: small pictures that a page shows one after the other, and in print as a strip.

Shapes: t frames, c channels, s... space; states ``(t, c, s...)``. A frame has a pixel for every point that is kept.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from PIL import Image

from surrogate.evaluation.report.figures import (
    Array,
    colour_bar,
    curve_frame,
    middle_slice,
    shared_limits,
    signed_limits,
)
from surrogate.evaluation.report.wording import labelled
from surrogate.spaces import Problem

# Frames at most, channels at most, and pixels of all frames together: what keeps the page small.
FRAMES, CHANNELS, PIXELS = 24, 2, 600_000
# Frames that are printed.
PRINTED = 6


@dataclass(frozen=True)
class Screen:
    """One quantity over time: a data URI for each frame, and that of the bar that tells its colours, or nothing."""

    caption: str
    frames: tuple[str, ...]
    bar: str


@dataclass(frozen=True)
class Player:
    """Screens that show the same ``moments``; those numbered in ``printed`` make the strip that ``strip`` describes."""

    screens: tuple[Screen, ...]
    moments: tuple[str, ...]
    printed: tuple[int, ...]
    strip: str


def player(truth: Array, prediction: Array, times: Array, problem: Problem) -> Player:
    """Return truth, prediction and error of a roll-out, both ``(t, c, s...)`` and after the ``times`` ``(t,)``."""
    kept = _evenly(len(times), FRAMES)
    fields = list(problem.target.fields)[:CHANNELS]
    screens: list[Screen] = []
    for channel, field in enumerate(fields):
        true, predicted = (states[kept, channel].astype(np.float64) for states in (truth, prediction))
        if problem.dimensions == 1:
            screens += _lines(field.name, true, predicted)
        else:
            screens += _images(field.name, labelled(field), true, predicted, PIXELS // (3 * len(fields) * len(kept)))
    moments = tuple(f"t = {times[k]:.4g}" for k in kept)
    printed = tuple(_evenly(len(kept), PRINTED))
    return Player(tuple(screens), moments, printed, f"From left to right: {', '.join(moments[k] for k in printed)}.")


def _images(name: str, label: str, truth: Array, prediction: Array, pixels: int) -> list[Screen]:
    """Return three screens of fields ``(t, nx, ny)`` or of their middle slices, each frame of at most ``pixels``."""
    true, predicted = (np.stack([middle_slice(frame) for frame in states]) for states in (truth, prediction))
    while true[0].size > pixels:
        true, predicted = true[:, ::2, ::2], predicted[:, ::2, ::2]
    error = predicted - true
    limits, signed = shared_limits(true.ravel())
    colours, apart = ("RdBu_r" if signed else "viridis"), signed_limits(error.ravel())
    bar, error_bar = colour_bar(limits, colours, label), colour_bar(apart, "RdBu_r", label)
    return [
        Screen(f"{name}, truth", _coloured(true, limits, colours), bar),
        Screen(f"{name}, prediction", _coloured(predicted, limits, colours), bar),
        Screen(f"{name}, error", _coloured(error, apart, "RdBu_r"), error_bar),
    ]


def _lines(name: str, truth: Array, prediction: Array) -> list[Screen]:
    """Return a screen of truth and prediction ``(t, nx)`` in one frame, and one of the error."""
    error = prediction - truth
    (low, high), _ = shared_limits(truth.ravel())
    apart = signed_limits(error.ravel())
    return [
        Screen(
            f"{name} from {low:.3g} to {high:.3g}: truth, and dashed the prediction",
            tuple(curve_frame(pair, (low, high)) for pair in zip(truth, prediction, strict=True)),
            "",
        ),
        Screen(
            f"{name}, error, from {apart[0]:.3g} to {apart[1]:.3g}",
            tuple(curve_frame((frame,), apart) for frame in error),
            "",
        ),
    ]


def _coloured(frames: Array, limits: tuple[float, float], colours: str) -> tuple[str, ...]:
    """Return frames ``(t, nx, ny)`` as PNGs, x to the right and y upwards; what is not finite is grey."""
    table = (mpl.colormaps[colours](np.arange(255) / 254)[:, :3] * 255).round().astype(np.uint8)
    palette = np.vstack((table, [[128, 128, 128]])).astype(np.uint8).tobytes()
    span = (limits[1] - limits[0]) or 1.0
    images = []
    for frame in frames:
        share = np.clip((frame - limits[0]) / span, 0.0, 1.0)
        pixels = np.where(np.isfinite(frame), np.nan_to_num(share) * 254, 255).round().astype(np.uint8)
        image = Image.fromarray(np.ascontiguousarray(pixels.T[::-1]))
        image.putpalette(palette)
        content = io.BytesIO()
        image.save(content, "PNG", optimize=True)
        images.append("data:image/png;base64," + base64.b64encode(content.getvalue()).decode())
    return tuple(images)


def _evenly(count: int, most: int) -> Sequence[int]:
    """Return at most ``most`` of ``count`` positions, the first and the last among them."""
    return sorted({int(k) for k in np.linspace(0, count - 1, min(count, most)).round()})
