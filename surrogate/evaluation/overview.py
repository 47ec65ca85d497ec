"""Where and at which scales a prediction errs, over all samples: error maps and energy spectra.

Shapes: p pairs, c channels, s... space, k shells of wavenumbers; fields ``(p, c, s...)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.evaluation.metric import Values
from surrogate.evaluation.rollout.long_run import energy_spectrum
from surrogate.spaces import Boundary, Grid, Problem

Field = NDArray[np.float32]

# Points of all fields that a spectrum is taken of, at most: a second or two of transforms.
MOST = 2**24


@dataclass(frozen=True)
class Overview:
    """What all pairs of a split have in common.

    Attributes:
        absolute: mean of ``|prediction - truth|`` over the pairs at each point, ``(c, s...)``.
        bias: mean of ``prediction - truth``, ``(c, s...)``: what is left of it when samples no longer matter.
        wavenumbers: of the shells, ``(k,)``, in waves over ``length``.
        length: the longest side of the box; twice that where it was continued evenly.
        pairs: evenly spaced, whose spectra were taken.
        spectra: of ``truth``, ``prediction`` and ``error``: energies ``(c, k)``, mean over pairs.
    """

    absolute: Values
    bias: Values
    wavenumbers: Values
    length: float
    pairs: int
    spectra: dict[str, Values]


def overview_on(problem: Problem, prediction: Field, truth: Field) -> Overview | None:
    """Return error maps and spectra of predictions ``(p, c, s...)``; None on a cloud, whose points differ."""
    return None if problem.placing else overview(prediction, truth, problem.grid, problem.boundary)


def overview(prediction: Field, truth: Field, grid: Grid, boundary: Boundary) -> Overview:
    """Return error maps and spectra of predictions ``(p, c, s...)``.

    A field on an axis that is not periodic is continued evenly before it is transformed, as a cosine transform does:
    so it has no jump at the ends, whose energy would hide that of the field.
    """
    periodic = boundary.periodic
    doubled = _doubled(grid, periodic)
    count = min(len(truth), max(1, MOST // math.prod(doubled.points)))
    chosen = np.unique(np.linspace(0, len(truth) - 1, count).astype(int))
    pairs = prediction[chosen], truth[chosen]
    with np.errstate(over="ignore", invalid="ignore"):
        fields = {"truth": pairs[1], "prediction": pairs[0], "error": pairs[0] - pairs[1]}
        sums = np.zeros((2, *truth.shape[1:]))
        for predicted, true in zip(prediction, truth, strict=True):
            error = predicted.astype(np.float64) - true
            sums += np.abs(error), error
    spectra = {name: _spectra(values, grid, doubled, periodic) for name, values in fields.items()}
    return Overview(
        absolute=sums[0] / len(truth),
        bias=sums[1] / len(truth),
        wavenumbers=np.arange(spectra["truth"].shape[1], dtype=np.float64),
        length=max(doubled.lengths),
        pairs=len(chosen),
        spectra=spectra,
    )


def _spectra(fields: Field, grid: Grid, doubled: Grid, periodic: tuple[bool, ...]) -> Values:
    """Return the energy spectrum of every channel, ``(c, k)``."""
    channels = np.moveaxis(_continued(fields, grid, periodic), 1, 0)
    return np.array([energy_spectrum(channel[:, None, None], doubled) for channel in channels])


def _continued(fields: Field, grid: Grid, periodic: tuple[bool, ...]) -> Field:
    """Return fields with their mirror image beside them along every axis that is not periodic."""
    for axis, (around, placement) in enumerate(zip(periodic, grid.placement, strict=True), start=2):
        if not around:
            mirror = np.flip(fields, axis)
            ends = 1 if placement == "nodes" else 0  # an end that is a node is its own image
            inner = np.take(mirror, range(ends, mirror.shape[axis] - ends), axis)
            fields = np.concatenate((fields, inner), axis)
    return fields


def _doubled(grid: Grid, periodic: tuple[bool, ...]) -> Grid:
    """Return the grid of what :func:`_continued` gives, one period."""
    sides = [
        (n, length) if around else (2 * n - (2 if placement == "nodes" else 0), 2 * length)
        for n, length, placement, around in zip(grid.points, grid.lengths, grid.placement, periodic, strict=True)
    ]
    points, lengths = zip(*sides, strict=True)
    return grid.model_copy(update={"points": points, "lengths": lengths, "placement": ("left",) * len(sides)})
