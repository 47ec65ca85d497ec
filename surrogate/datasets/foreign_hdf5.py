"""HDF5 files of strangers: looked at before anything in them is followed, and read no further than wanted.

HDF5 can point out of its file (links, external storage, virtual datasets), declare more than it holds, and name filters
to load as programs. What points out, and every filter that HDF5 does not bring itself, is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from surrogate.datasets.source import Member
from surrogate.errors import InputError, nearest, shown
from surrogate.memory_limits import require
from surrogate.reading import opened

_KNOWN = {
    h5py.h5z.FILTER_DEFLATE,
    h5py.h5z.FILTER_SHUFFLE,
    h5py.h5z.FILTER_FLETCHER32,
    h5py.h5z.FILTER_SZIP,
    h5py.h5z.FILTER_NBIT,
    h5py.h5z.FILTER_SCALEOFFSET,
    h5py.h5z.FILTER_LZF,
}
# Objects that are listed; a file of one group for each sample has more, of which the first say what they are.
_MOST = 4_096
_DEEPEST = 16
_LARGEST_ATTRIBUTE = 1 << 20
_LARGEST_CHUNK = 1 << 28
# Of decompressed chunks, kept while a file is open: samples that are neighbours share chunks.
_CACHE_BYTES = 1 << 26
_BROKEN = (OSError, KeyError, ValueError, RuntimeError, TypeError, AttributeError)


@contextmanager
def hdf5_errors(path: Path) -> Iterator[None]:
    """Within it, what HDF5 raises about the file at ``path`` becomes an :class:`InputError` of one line."""
    try:
        yield
    except _BROKEN as error:
        raise InputError(f"{path}: not an HDF5 file, or damaged ({' '.join(str(error).split())})") from None


@contextmanager
def open_foreign_hdf5(path: Path) -> Iterator[h5py.File]:
    """Give the file, open for reading; what is read in it is named to :func:`foreign_dataset`.

    Raises:
        InputError: there is none, it is no HDF5 file, or what is read within the block is damaged.
    """
    with hdf5_errors(path), _open(path) as file:
        yield file


def kept_open(path: Path, name: str) -> h5py.Dataset:
    """Return the array called ``name``, whose file is open for as long as anybody has it.

    Raises:
        InputError: as of :func:`foreign_dataset`, or the file is none of HDF5.
    """
    with hdf5_errors(path):
        return foreign_dataset(_open(path), name, path)


def _open(path: Path) -> h5py.File:
    with opened(path):
        return h5py.File(path, "r", rdcc_nbytes=_CACHE_BYTES, locking="best-effort")


def foreign_dataset(file: h5py.File, name: str, path: Path) -> h5py.Dataset:
    """Return the array called ``name``, such as ``0001/data``, after it was found to lie in this file.

    Raises:
        InputError: there is none, it lies elsewhere, or it is stored with a filter that is not HDF5's own.
    """
    held: Any = file
    for step in name.strip("/").split("/"):
        if not isinstance(held, h5py.Group) or step not in held:
            known = list(held)[:1000] if isinstance(held, h5py.Group) else []
            raise InputError(f"{path}: holds no '{name}'{nearest(step, known)}")
        _refuse_link(held, step, path)
        held = held[step]
    if not isinstance(held, h5py.Dataset):
        raise InputError(f"{path}: '{name}' is a group; expected an array")
    _refuse_storage(held, path)
    return held


def members_of_hdf5(path: Path) -> tuple[Member, ...]:
    """Return the groups and arrays in a file by their full names, in its order: at most the first few thousand.

    Links are not followed. A group has no shape and the kind ``group``.

    Raises:
        InputError: there is no such file, or it is no HDF5 file.
    """
    with open_foreign_hdf5(path) as file:
        members = [Member("", (), "group", _attributes(file))]
        for name, held in _walk(file, "", 0):
            plain = isinstance(held, h5py.Dataset)
            shape = tuple(held.shape or ()) if plain else ()
            members.append(Member(name, shape, _kind(held) if plain else "group", _attributes(held)))
            if len(members) > _MOST:
                break
        return tuple(members)


def _walk(group: h5py.Group, above: str, depth: int) -> Iterator[tuple[str, h5py.Group | h5py.Dataset]]:
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            continue
        held = group[name]
        if isinstance(held, h5py.Group | h5py.Dataset):
            yield f"{above}{name}", held
        # What MATLAB refers to from cells lies there.
        if isinstance(held, h5py.Group) and depth < _DEEPEST and name != "#refs#":
            yield from _walk(held, f"{above}{name}/", depth + 1)


def _kind(array: h5py.Dataset) -> str:
    """Return what an array holds: the name of its NumPy type, or a word where it is none of numbers."""
    of = array.dtype
    if of.kind in "biufc":
        return of.name
    if h5py.check_string_dtype(of) is not None or of.kind in "SU":
        return "text"
    if of.names and set(of.names) == {"real", "imag"}:
        return "complex"
    return "references" if h5py.check_ref_dtype(of) is not None else "records"


def _attributes(held: h5py.Group | h5py.Dataset) -> dict[str, Any]:
    """Return the attributes that are numbers or texts, of no more than a megabyte each."""
    attributes: dict[str, Any] = {}
    for name in held.attrs:
        kept = held.attrs.get_id(name)
        if kept.get_space().get_simple_extent_npoints() * kept.get_type().get_size() > _LARGEST_ATTRIBUTE:
            continue
        try:
            value = held.attrs[name]
        except _BROKEN:
            continue
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if (
            isinstance(value, str | np.generic | np.ndarray)
            and getattr(value, "dtype", np.dtype("U")).kind in "biufUSO"
        ):
            attributes[name] = value
    return attributes


def _refuse_link(group: h5py.Group, name: str, path: Path) -> None:
    kind = type(group.get(name, getlink=True))
    if kind is not h5py.HardLink:
        raise InputError(f"{path}: {shown(name)} is a {kind.__name__}, which may lead out of the file; refused")


def _refuse_storage(array: h5py.Dataset, path: Path) -> None:
    made = array.id.get_create_plist()
    filters = {made.get_filter(position)[0] for position in range(made.get_nfilters())}
    where = f"{path}: '{array.name}'"
    if made.get_external_count() or made.get_layout() == h5py.h5d.VIRTUAL:
        raise InputError(f"{where} is stored in another file; refused")
    if not filters <= _KNOWN:
        raise InputError(f"{where} is compressed by filter {min(filters - _KNOWN)}, which is not HDF5's own")
    if array.chunks is not None and array.dtype.kind in "biufc":
        chunk = int(np.prod(array.chunks, dtype=float)) * array.dtype.itemsize
        if chunk > _LARGEST_CHUNK:
            require(2 * chunk, f"{where}, one chunk of it", "store it in smaller chunks")
