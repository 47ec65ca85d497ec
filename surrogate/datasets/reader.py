"""Samples and frames of a split, read from the parts when asked for: memory does not grow with the data.

Shape letters: b samples asked for, f frames asked for, c channels, s... space.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from surrogate.datasets import hdf5_check, layout
from surrogate.datasets.dataset import Dataset
from surrogate.datasets.manifest import Entry
from surrogate.datasets.store import Floats
from surrogate.errors import DamageError, InputError
from surrogate.reading import sha256
from surrogate.spaces import DataSpec, FieldSpec, Split

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class _Rows:
    """Where the rows of an array lie in its file: ``starts[k]`` is the byte at which rows ``k size`` and on begin."""

    starts: tuple[int, ...]
    size: int

    def start(self, row: int, row_bytes: int) -> int:
        return self.starts[row // self.size] + row % self.size * row_bytes


class Reader:
    """The samples of a split of ``dataset``; ``reads`` counts the reads from the disk.

    HDF5 says once where each array lies; after that the frames asked for are read from the file as they are, no byte
    more: HDF5 itself would read whole chunks, which are whole trajectories.

    Raises:
        InputError: the split is empty, or a part is missing, damaged, or not a part of this data set.
    """

    def __init__(self, dataset: Dataset, split: Split) -> None:
        self.spec = dataset.spec
        self.times = len(dataset.spec.times)
        self._count = dataset.counts[split]
        self.reads = 0
        self._entries = [entry for entry in dataset.manifest.parts if entry.split == split]
        if not self._entries:
            raise InputError(f"{dataset.path}: the split '{split}' has no samples")
        self._parts = [dataset.path / entry.path for entry in self._entries]
        self._rows = [_located(part, entry, self.spec) for part, entry in zip(self._parts, self._entries, strict=True)]
        self._firsts = np.array([0, *accumulate(entry.samples for entry in self._entries)])

    def __len__(self) -> int:
        return self._count

    def read(self, samples: Indices, frames: Indices) -> tuple[Floats, Floats]:
        """Return constants ``(b, c, s...)`` and states ``(b, f, c, s...)`` in float32.

        Args:
            samples: (b,), numbers within the split, in any order.
            frames: (b, f), the times of each that are wanted.

        Raises:
            InputError: a part is no longer there, or has become shorter.
        """
        space = self.spec.domain.points
        constants = np.empty((len(samples), len(self.spec.constants), *space), np.float32)
        states = np.empty((*frames.shape, len(self.spec.states), *space), np.float32)
        parts = np.searchsorted(self._firsts, samples, side="right") - 1
        for number in np.unique(parts):
            path, rows = self._parts[number], self._rows[number]
            try:
                handle = os.open(path, os.O_RDONLY)
            except OSError as error:
                raise InputError(f"{path}: {error.strerror}") from error
            try:
                for place in np.flatnonzero(parts == number):
                    row = int(samples[place] - self._firsts[number])
                    self._fill(handle, path, rows, row, frames[place], (constants[place], states[place]))
            finally:
                os.close(handle)
        return constants, states

    def _fill(
        self, handle: int, path: Path, rows: dict[str, _Rows], row: int, frames: Indices, fields: tuple[Floats, Floats]
    ) -> None:
        frame_bytes = 4 * math.prod(self.spec.domain.points)
        constants, states = fields
        for channel, field in enumerate(self.spec.constants):
            self._pread(handle, path, constants[channel], rows[field.name].start(row, frame_bytes))
        for channel, field in enumerate(self.spec.states):
            start = rows[field.name].start(row, self.times * frame_bytes)
            for place, frame in enumerate(frames):
                self._pread(handle, path, states[place, channel], start + int(frame) * frame_bytes)

    def _pread(self, handle: int, path: Path, into: Floats, offset: int) -> None:
        self.reads += 1
        if os.preadv(handle, [into.data], offset) != into.nbytes:
            raise InputError(f"{path}: has become shorter while it was read")


def _located(path: Path, entry: Entry, spec: DataSpec) -> dict[str, _Rows]:
    """Return where each field of a part lies, after its bytes were found to have the hash of the manifest."""
    try:
        if sha256(path) != entry.sha256:
            raise DamageError(f"{path}: damaged: its SHA-256 is not the one in {layout.MANIFEST}")
        with h5py.File(path, "r", libver="latest") as file:
            hdf5_check.check(file, entry.size, str(path))
            fields = file["t0_fields"]
            return {
                field.name: _chunks(fields[field.name], _shape(field, spec, entry.samples), entry.size)
                for field in spec.constants + spec.states
            }
    except (OSError, KeyError, ValueError, RuntimeError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not a part of a data set of ours, or damaged ({error})") from error


def _shape(field: FieldSpec, spec: DataSpec, samples: int) -> tuple[int, ...]:
    times = (len(spec.times),) if field.role == "state" else ()
    return (samples, *times, *spec.domain.points)


def _chunks(array: h5py.Dataset, shape: Sequence[int], size: int) -> _Rows:
    """Return where the chunks of an array begin.

    Raises:
        ValueError: it is not stored as ours are, in chunks of whole rows of float32.
    """
    if array.shape != tuple(shape) or array.dtype != np.dtype("<f4"):
        raise ValueError(f"'{array.name}': expected float32 {tuple(shape)}, got {array.dtype} {array.shape}")
    if array.chunks is None or array.chunks[1:] != array.shape[1:]:
        raise ValueError(f"'{array.name}': expected chunks of whole samples, got {array.chunks}")
    rows, rest = array.chunks[0], (0,) * (len(shape) - 1)
    starts = [array.id.get_chunk_info_by_coord((row, *rest)).byte_offset for row in range(0, shape[0], rows)]
    if any(start is None or start + rows * array.dtype.itemsize * math.prod(shape[1:]) > size for start in starts):
        raise ValueError(f"'{array.name}': a chunk lies outside the file")
    return _Rows(tuple(starts), rows)
