"""The arrays of numbers in a foreign source: their names and shapes first, their numbers when they are wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from surrogate.datasets.source import Member, Source, entries_of
from surrogate.datasets.stored_array import StoredArray, hdf5_array, mat5_array, npy_array, npz_arrays
from surrogate.errors import InputError, shown

NUMBERS = re.compile(r"(u?int|float|bfloat)\d+|bool")
# MATLAB keeps letters and truth values as whole numbers, and says so beside.
_MATLAB_CLASS = "MATLAB_class"
_WORDS = {
    "text": "text",
    "char": "text",
    "complex": "complex numbers",
    "complex64": "complex numbers",
    "complex128": "complex numbers",
    "cell": "a cell array",
    "struct": "a struct",
    "object": "an object",
    "function": "a function",
    "sparse": "a sparse matrix",
    "references": "references, as a cell array has them",
    "records": "records, or objects",
}


@dataclass(frozen=True)
class SourceArrays:
    """What a source holds.

    Attributes:
        source: where.
        plain: the arrays of numbers, by name, in the order of the source, with the shape that their author sees.
        others: what else it holds, each with a phrase for what it is.
    """

    source: Source
    plain: dict[str, Member]
    others: dict[str, str]

    def open(self, name: str) -> StoredArray:
        """Return an array of numbers.

        Raises:
            InputError: it is damaged.
            SettingsError: it must be read whole, and there is no memory for it.
        """
        return _opened(self.source, name)

    def values(self, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return the numbers of a small array in float64."""
        return np.asarray(self.open(name).all(), dtype=np.float64)


def arrays_in(source: Source) -> SourceArrays:
    """Return the arrays that a source holds.

    Raises:
        InputError: a file of a folder is damaged.
    """
    plain: dict[str, Member] = {}
    others: dict[str, str] = {}
    for member in _members(source):
        kind = str(member.attributes.get(_MATLAB_CLASS, ""))
        if member.dtype == "group":
            if kind in _WORDS:
                others[member.name] = _WORDS[kind]
        elif kind in ("char", "cell", "struct") or not NUMBERS.fullmatch(member.dtype):
            others[member.name] = _WORDS.get(kind) or _WORDS.get(member.dtype, member.dtype)
        else:
            plain[member.name] = member
    # What lies within a struct is no array of its own.
    within = tuple(f"{name}/" for name, what in others.items() if what == "a struct")
    return SourceArrays(source, {name: held for name, held in plain.items() if not name.startswith(within)}, others)


def _members(source: Source) -> Iterator[Member]:
    if source.kind == "folder":
        for name in source.files:
            if name.endswith(".npy"):
                path = source.path / name
                yield replace(entries_of(path, "npy")[0], name=name.removesuffix(".npy"))
        return
    for member in source.entries:
        if member.name.startswith(("#", "__")):
            continue
        turned = member.shape[::-1] if is_matlab(source) else member.shape
        yield replace(member, name=member.name or _stem(source.path), shape=turned) if _is_array(member) else member


def is_matlab(source: Source) -> bool:
    """Return whether an HDF5 file is one of MATLAB, which stores axes in the other order."""
    if source.magic != "hdf5":
        return False
    return source.suffix == ".mat" or any(_MATLAB_CLASS in member.attributes for member in source.entries)


def _is_array(member: Member) -> bool:
    return member.dtype != "group"


def _stem(path: Path) -> str:
    return re.sub(r"\W+", "_", path.stem) or "field"


def _opened(source: Source, name: str) -> StoredArray:
    path = source.path
    if source.kind == "folder":
        return npy_array(path / f"{name}.npy")
    if source.magic == "npy":
        return npy_array(path)
    if source.magic == "npz":
        return npz_arrays(path)[name]
    if source.magic == "mat5":
        return mat5_array(path, name)
    if source.magic == "hdf5":
        return hdf5_array(path, name, is_matlab(source))
    if source.magic == "torch":
        from surrogate.datasets.torch_file import read_torch_file

        tensor = next(
            (held for key, held in read_torch_file(path).items() if key == name or (not key and name == _stem(path))),
            None,
        )
        if tensor is not None:
            return StoredArray.of((tensor.float() if tensor.dtype.is_floating_point else tensor).detach().numpy())
    raise InputError(f"{path}: holds no array {shown(name)}")
