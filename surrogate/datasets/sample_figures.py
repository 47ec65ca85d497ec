"""Numbers of every sample, field by field, from which samples and splits are compared; gathered part by part.

Shape letters: n samples, t times, f fields, p points.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.store import Part
from surrogate.spaces import DataSpec, Grid

Array = NDArray[np.float64]
Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class SampleFigures:
    """What is kept of the samples of a part, or of a split.

    Attributes:
        indices: their numbers, ``(n,)``.
        finite: whether all of a sample is a number, ``(n,)``; of others nothing else is to be used.
        mean, rms, least, most: of every field, over times and space, ``(n, f)``.
        jump: the largest change from a frame to the next over the usual one, ``(n, f)``; NaN where it has none.
        inputs, outputs: hashes of what goes in (the first frame with it) and of the states, ``(n,)``.
        frames: hashes of every frame with the constants, ``(n, t)``; 0 of one that is constant in space.
    """

    indices: NDArray[np.int64]
    finite: NDArray[np.bool_]
    mean: Array
    rms: Array
    least: Array
    most: Array
    jump: Array
    inputs: Keys
    outputs: Keys
    frames: Keys

    @classmethod
    def joined(cls, parts: list[SampleFigures]) -> SampleFigures:
        """Return the figures of several parts as those of one."""
        names = cls.__dataclass_fields__
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def compared_fields(spec: DataSpec) -> tuple[str, ...]:
    """Return the names of the fields that have figures: all but the coordinates and weights of points."""
    return tuple(field.name for field in spec.fields if field.role not in ("coordinate", "weight"))


def figures_of(part: Part) -> SampleFigures:
    """Return the figures of the samples of a part."""
    spec = part.header.spec
    count, placing = len(part.indices), sum(field.role in ("coordinate", "weight") for field in spec.constants)
    points = math.prod(spec.domain.points)
    constants = part.constants.reshape(count, len(spec.constants), points)
    states = part.states.reshape(count, len(spec.times), len(spec.states), points)
    weights = None if isinstance(spec.domain, Grid) else constants[:, spec.domain.dimensions].astype(np.float64)
    if weights is not None:
        # Beyond the last point of a sample anything may stand.
        there = weights > 0
        constants, states = constants * there[:, None], states * there[:, None, None]
    given = [constants[:, channel, None] for channel in range(placing, len(spec.constants))]
    fields = given + [states[:, :, channel] for channel in range(len(spec.states))]
    finite = np.asarray(np.isfinite(constants).all((1, 2)) & np.isfinite(states).all((1, 2, 3)))
    with np.errstate(invalid="ignore", over="ignore"):
        rows = [_field(field, weights) for field in fields]
        # No two zeros of two signs.
        keys = _keys(constants + np.float32(0), states + np.float32(0), len(spec.times) > 1)
    mean, rms, least, most, jump = (np.stack(column, axis=1) for column in zip(*rows, strict=True))
    return SampleFigures(part.indices, finite, mean, rms, least, most, jump, *keys)


def _field(values: NDArray[np.float32], weights: Array | None) -> tuple[Array, Array, Array, Array, Array]:
    """Return mean, root mean square, least, largest and jump of ``(n, t, p)``, over what has weight."""
    wide = values.astype(np.float64)
    size = np.abs(wide).max((1, 2), keepdims=True)
    # A power of two changes no digit, and the squares of small numbers are not lost.
    unit = np.where(size > 0, np.exp2(np.floor(np.log2(np.where(size > 0, size, 1.0)))), 1.0)
    wide = wide / unit
    if weights is None:
        shares = np.full((1, 1, wide.shape[2]), 1 / wide.shape[2])
        least, most = wide.min((1, 2)), wide.max((1, 2))
    else:
        shares = (weights / weights.sum(1, keepdims=True))[:, None]
        least = np.where(shares > 0, wide, np.inf).min((1, 2))
        most = np.where(shares > 0, wide, -np.inf).max((1, 2))
    scale = unit[:, 0, 0]
    mean = (shares * wide).sum(2).mean(1)
    rms = np.sqrt((shares * np.square(wide)).sum(2).mean(1))
    jump = np.full(len(wide), np.nan)
    if wide.shape[1] > 3:
        steps = np.sqrt((shares * np.square(np.diff(wide, axis=1))).sum(2))
        usual = np.median(steps, axis=1)
        jump = np.divide(steps.max(1), usual, out=jump, where=usual > 0)
    return mean * scale, rms * scale, least * scale, most * scale, jump


def _keys(constants: NDArray[np.float32], states: NDArray[np.float32], moving: bool) -> tuple[Keys, Keys, Keys]:
    """Return the hashes of inputs, of states, and of every frame."""
    count, times = states.shape[:2]
    inputs, outputs = np.zeros(count, np.uint64), np.zeros(count, np.uint64)
    frames = np.zeros((count, times), np.uint64)
    for row in range(count):
        before = constants[row].tobytes()
        inputs[row] = _key(before + (states[row, 0].tobytes() if moving else b""))
        outputs[row] = _key(states[row].tobytes())
        for frame in range(times if moving else 0):
            values = states[row, frame]
            if (values.min(-1) < values.max(-1)).any():
                frames[row, frame] = _key(before + values.tobytes())
    return inputs, outputs, frames


def _key(data: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little") | 1)
