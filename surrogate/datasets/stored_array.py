"""Arrays in files, of which only what is wanted is read: memory does not grow with the file.

No file is mapped into memory: what was read of a map counts as memory of this process for as long as it is open.
"""

from __future__ import annotations

import os
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from surrogate.errors import InputError, SurrogateError
from surrogate.memory_limits import amount, require
from surrogate.reading import LARGEST_RECORD, opened

# What is read at once, where the rows that are wanted do not lie together.
_SLAB_BYTES = 1 << 25

Numbers = NDArray[Any]
# ``block(prefix, start, stop)`` is ``array[prefix][start:stop]`` of the array as it is stored.
Block = Callable[[tuple[int, ...], int, int], Numbers]


class NpyHeader(NamedTuple):
    """What a .npy file declares; the numbers begin ``offset`` bytes after it does."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    reversed: bool
    offset: int


@dataclass(frozen=True)
class StoredArray:
    """An array of ``shape``; ``reversed``: the file stores its axes in the other order, as Fortran and MATLAB do."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    block: Block
    reversed: bool = False

    @classmethod
    def of(cls, array: Numbers) -> StoredArray:
        """Return an array in memory as one."""
        return cls(array.shape, array.dtype, lambda prefix, start, stop: array[prefix][start:stop])

    def take(self, axis: int, rows: NDArray[np.int64]) -> Numbers:
        """Return what ``numpy.take(array, rows, axis)`` does, in the type of the file."""
        stored = self.shape[::-1] if self.reversed else self.shape
        place = len(stored) - 1 - axis if self.reversed else axis
        ordered, back = np.unique(rows, return_inverse=True)
        into = np.empty((*stored[:place], len(ordered), *stored[place + 1 :]), self.dtype)
        self._gather((), stored, place, ordered, into)
        if len(ordered) < len(rows) or np.any(np.diff(back) < 0):
            into = np.take(into, back, place)
        return into.transpose() if self.reversed else into

    def all(self) -> Numbers:
        """Return the whole array, which the caller knows to be small."""
        if not self.shape:
            return np.asarray(self.block((), 0, 1)).reshape(())
        stored = self.shape[::-1] if self.reversed else self.shape
        whole = self.block((), 0, stored[0])
        return whole.transpose() if self.reversed else whole

    def _gather(
        self, prefix: tuple[int, ...], stored: tuple[int, ...], place: int, rows: NDArray[np.int64], into: Numbers
    ) -> None:
        depth = len(prefix)
        if depth == place:
            for start, stop in _runs(rows):
                first = int(rows[start])
                into[start:stop] = self.block(prefix, first, first + stop - start)
            return
        entry = prod(stored[depth + 1 :]) * self.dtype.itemsize
        if entry > _SLAB_BYTES:
            for number in range(stored[depth]):
                self._gather((*prefix, number), stored, place, rows, into[number])
            return
        step = max(1, _SLAB_BYTES // max(entry, 1))
        for start in range(0, stored[depth], step):
            stop = min(start + step, stored[depth])
            into[start:stop] = np.take(self.block(prefix, start, stop), rows, place - depth)


def npy_header(file: IO[bytes], where: str) -> NpyHeader:
    """Return what the header of a .npy file declares, read from where ``file`` stands.

    Raises:
        InputError: it is none, or declares objects.
    """
    from numpy.lib import format

    readers = {(1, 0): format.read_array_header_1_0, (2, 0): format.read_array_header_2_0}
    readers[3, 0] = format.read_array_header_2_0
    begins = file.tell()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shape, fortran, kind = readers[format.read_magic(file)](file)
    except Exception:  # NumPy hands the text of a header to Python's parser, which has errors of many kinds
        raise InputError(f"{where}: not an array in NumPy's .npy format, or damaged") from None
    if min(shape, default=0) < 0:
        raise InputError(f"{where}: damaged: declares a shape of {shape}")
    return NpyHeader(tuple(map(int, shape)), np.dtype(kind), bool(fortran) and len(shape) > 1, file.tell() - begins)


def npy_array(path: Path) -> StoredArray:
    """Return the array of a .npy file.

    Raises:
        InputError: there is none, or it holds fewer numbers than it declares.
    """
    with opened(path) as file:
        return _raw(path, npy_header(file, str(path)), 0, os.fstat(file.fileno()).st_size, str(path))


def npz_arrays(path: Path) -> dict[str, StoredArray]:
    """Return the arrays of a .npz file: those of numpy.savez are read in place, compressed ones whole, at first use.

    Raises:
        InputError: it is no such file, or a member holds fewer numbers than it declares.
        SettingsError: there is no memory for a compressed member.
    """
    arrays: dict[str, StoredArray] = {}
    with opened(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                for info in archive.infolist():
                    name = info.filename.removesuffix(".npy")
                    with archive.open(info) as member:
                        header = npy_header(member, f"{path}: '{name}'")
                    arrays[name] = _member(path, file, info, header, f"{path}: '{name}'")
        except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError) as error:
            raise InputError(f"{path}: not a .npz of arrays, or damaged ({error})") from None
    return arrays


def hdf5_array(path: Path, name: str, reversed: bool = False) -> StoredArray:
    """Return an array of an HDF5 file by its full name.

    Args:
        path: the file.
        name: such as ``tensor`` or ``0001/data``.
        reversed: whether its axes are to be read in the other order, as MATLAB stores them.

    Raises:
        InputError: there is none, or it is stored so that it would lead out of the file.
    """
    from surrogate.datasets.foreign_hdf5 import hdf5_errors, kept_open

    held = kept_open(path, name)
    shape = tuple(held.shape or ())

    def block(prefix: tuple[int, ...], start: int, stop: int) -> Numbers:
        with hdf5_errors(path):
            return np.asarray(held[(*prefix, slice(start, stop))] if len(prefix) < len(shape) else held[prefix])

    return StoredArray(shape[::-1] if reversed else shape, held.dtype, block, reversed and len(shape) > 1)


def mat5_array(path: Path, name: str) -> StoredArray:
    """Return an array of a ``.mat`` file of version 5 to 7, which is read whole.

    Raises:
        InputError: it is damaged, or holds no array of numbers of that name.
        SettingsError: there is no memory for it.
    """
    from scipy.io import loadmat, whosmat

    try:
        with opened(path):
            count = sum(prod(map(int, shape)) for held, shape, _ in whosmat(str(path), False) if held == name)
            if 8 * count > LARGEST_RECORD:
                require(3 * 8 * count, f"{path}: '{name}'", "save it with -v7.3, of which parts can be read")
            array = loadmat(str(path), appendmat=False, variable_names=[name])[name]
    except SurrogateError:
        raise
    except Exception as error:  # whatever a foreign file makes the reader raise, it is the file that is wrong
        raise InputError(f"{path}: '{name}' cannot be read, or the file is damaged ({error})") from None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biufc":
        raise InputError(f"{path}: '{name}' is no plain array of numbers")
    return StoredArray.of(array)


def _member(path: Path, file: IO[bytes], info: zipfile.ZipInfo, header: NpyHeader, where: str) -> StoredArray:
    if info.compress_type == zipfile.ZIP_STORED:
        file.seek(info.header_offset + 26)
        name, extra = struct.unpack("<HH", file.read(4))
        return _raw(path, header, info.header_offset + 30 + name + extra, info.file_size, where)
    kept: list[Numbers] = []

    def block(prefix: tuple[int, ...], start: int, stop: int) -> Numbers:
        if not kept:
            if info.file_size > LARGEST_RECORD:
                require(2 * info.file_size, f"{where}, compressed", "store it with numpy.savez, which is read in place")
            kept.append(_decompressed(path, info, header, where))
        return kept[0][prefix][start:stop]

    return StoredArray(header.shape, header.dtype, block, header.reversed)


def _decompressed(path: Path, info: zipfile.ZipInfo, header: NpyHeader, where: str) -> Numbers:
    """Return the array of a member, as it is stored."""
    stored = header.shape[::-1] if header.reversed else header.shape
    with opened(path) as file, zipfile.ZipFile(file) as archive, archive.open(info) as member:
        member.read(header.offset)
        try:
            content = member.read(prod(stored) * header.dtype.itemsize)
            return np.frombuffer(content, header.dtype).reshape(stored)
        except (zipfile.BadZipFile, ValueError, EOFError, OSError) as error:
            raise InputError(f"{where}: damaged ({error})") from None


def _raw(path: Path, header: NpyHeader, begins: int, size: int, where: str) -> StoredArray:
    """Return an array whose numbers lie as they are in a file."""
    stored = header.shape[::-1] if header.reversed else header.shape
    if header.dtype.kind not in "biufc":
        raise InputError(f"{where}: holds {header.dtype}, and is not an array of numbers")
    declared, held = prod(stored) * header.dtype.itemsize, size - header.offset
    if declared > held:
        says = f"{' x '.join(map(str, header.shape))} numbers, {amount(declared)}"
        raise InputError(f"{where}: declares {says}, and has {amount(held)} of them")
    offset = begins + header.offset

    def block(prefix: tuple[int, ...], start: int, stop: int) -> Numbers:
        depth = len(prefix)
        whole = depth == len(stored)
        start, stop = (0, 1) if whole else (start, stop)
        shape = () if whole else (stop - start, *stored[depth + 1 :])
        place = sum(number * prod(stored[axis + 1 :]) for axis, number in enumerate(prefix))
        place += start * prod(stored[depth + 1 :])
        with opened(path) as file:
            file.seek(offset + place * header.dtype.itemsize)
            content = file.read(prod(shape) * header.dtype.itemsize)
        if len(content) < prod(shape) * header.dtype.itemsize:
            raise InputError(f"{where}: has become shorter while it was read")
        return np.frombuffer(content, header.dtype).reshape(shape)

    return StoredArray(header.shape, header.dtype, block, header.reversed)


def _runs(rows: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Give the first and the end of each run of neighbours among sorted rows."""
    if not len(rows):
        return
    cuts = np.flatnonzero(np.diff(rows) != 1) + 1
    yield from zip([0, *cuts.tolist()], [*cuts.tolist(), len(rows)], strict=True)
