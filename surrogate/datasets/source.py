"""What lies at a path of a stranger: its kind and the tree of what it holds, read once and no further."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from surrogate.errors import InputError
from surrogate.kinds import absent
from surrogate.reading import opened, refuse_bomb, sha256

Kind = Literal["file", "folder"]
# What a file is, told by its first bytes, or by its suffix where these say nothing.
Magic = Literal["hdf5", "npy", "npz", "torch", "zip", "mat5", "netcdf3", "parquet", "text", ""]

_HDF5 = b"\x89HDF\r\n\x1a\n"
_STARTS: dict[bytes, Magic] = {
    b"\x93NUMPY": "npy",
    b"CDF\x01": "netcdf3",
    b"CDF\x02": "netcdf3",
    b"PAR1": "parquet",
    b"MATLAB 5.0": "mat5",
}
_TEXTS = (".csv", ".txt", ".dat", ".tsv", ".json", ".yaml", ".yml")
# MATLAB puts HDF5 behind a block of its own.
_BLOCK = 512
_MOST_FILES = 100_000
# What is no data beside data; a zarr store of version 2 says in files like .zarray what its chunks are.
_HIDDEN = (".", "_")
_ZARR = ".z"


@dataclass(frozen=True)
class Member:
    """An array, or a group of such, in a file: its name there, shape, and what it holds.

    ``dtype`` is the name of a NumPy type, or ``group``, ``text``, ``complex``, ``references``, ``records``, or, of a
    ``.mat`` file, the class that MATLAB gives it.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """What a format is recognised by, without another read.

    Attributes:
        path: where it lies.
        kind: a file or a folder.
        suffix: of a file, in small letters: ``.h5``; of a folder, that of the first of its data files.
        magic: what the bytes of the file (of a folder, of the first of its data files) say it is.
        entries: what the file holds, by full names (``0001/data``; the root of HDF5 is ``""``); of a folder, what the
            first of its data files holds.
        files: of a folder, the names of the files in it and below, sorted: ``data/train/a.hdf5``.
    """

    path: Path
    kind: Kind
    suffix: str
    magic: Magic
    entries: tuple[Member, ...]
    files: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the entries that are no groups."""
        return tuple(entry.name for entry in self.entries if entry.dtype != "group")

    def entry(self, name: str) -> Member | None:
        """Return the entry of that name, None where there is none."""
        return next((entry for entry in self.entries if entry.name == name), None)

    @property
    def root(self) -> Mapping[str, Any]:
        """The attributes of the file itself, where its kind has such."""
        root = self.entry("")
        return root.attributes if root is not None and root.dtype == "group" else {}


def read_source(path: Path) -> Source:
    """Return what lies at ``path``, a file or a folder.

    Raises:
        InputError: there is nothing, it is neither, or it is damaged.
        SettingsError: it is a torch file for which there is no memory.
    """
    if not path.exists():
        raise absent(path, "file")
    if not path.is_dir():
        magic = magic_of(path)
        return Source(path, "file", path.suffix.lower(), magic, entries_of(path, magic))
    files = tuple(_files(path))
    first = next((path / name for name in files if magic_of(path / name) not in ("", "text")), None)
    if first is None:
        return Source(path, "folder", "", "", (), files)
    magic = magic_of(first)
    return Source(path, "folder", first.suffix.lower(), magic, entries_of(first, magic), files)


def holds_several(path: Path) -> bool:
    """Return whether a file or folder is one of several arrays by name, rather than the one array of a ``.npy``."""
    return path.is_dir() or (path.is_file() and magic_of(path) in ("npz", "mat5", "hdf5", "torch"))


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file, or of the sorted names and hashes of the files of a folder, in hexadecimal.

    Raises:
        InputError: there is nothing, or it cannot be read.
    """
    if not path.is_dir():
        return sha256(path)
    lines = (f"{sha256(path / name)}  {name}\n" for name in _files(path))
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def magic_of(path: Path) -> Magic:
    """Return what a file is by its first bytes; ``""`` where nobody here knows.

    Raises:
        InputError: there is none, or it is no regular file.
    """
    with opened(path) as file:
        start = file.read(_BLOCK + len(_HDF5))
    if start.startswith(_HDF5) or start[_BLOCK:] == _HDF5:
        return "hdf5"
    if start.startswith(b"PK\x03\x04"):
        if path.suffix.lower() == ".npz":
            return "npz"
        return "torch" if path.suffix.lower() in (".pt", ".pth") else "zip"
    for begins, magic in _STARTS.items():
        if start.startswith(begins):
            return magic
    # Files of level 4 have no text before them; a little-endian 5 says so itself.
    if path.suffix.lower() == ".mat" and start[124:128] in (b"\x00\x01IM", b"\x01\x00MI"):
        return "mat5"
    return "text" if path.suffix.lower() in _TEXTS and b"\0" not in start else ""


def entries_of(path: Path, magic: Magic) -> tuple[Member, ...]:
    """Return what a file of that kind holds; nothing for texts, tables and what nobody here knows.

    Raises:
        InputError: it is damaged.
    """
    if magic == "hdf5":
        from surrogate.datasets.foreign_hdf5 import members_of_hdf5

        return members_of_hdf5(path)
    readers = {"npy": _npy, "npz": _npz, "torch": _torch, "mat5": _mat5, "netcdf3": _netcdf3}
    return tuple(readers[magic](path)) if magic in readers else ()


def _files(folder: Path) -> list[str]:
    """Return the names of the files in a folder and below, sorted; links to folders are not followed."""
    names: list[str] = []
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(_HIDDEN))
        here = Path(root)
        names += [
            str((here / name).relative_to(folder))
            for name in files
            if (name.startswith(_ZARR) or not name.startswith(_HIDDEN)) and (here / name).is_file()
        ]
        if len(names) > _MOST_FILES:
            raise InputError(f"{folder}: more than {_MOST_FILES:,} files; expected the folder of one data set")
    return sorted(names)


def _npy(path: Path) -> Iterator[Member]:
    with opened(path) as file:
        yield _header(file, "", path)


def _npz(path: Path) -> Iterator[Member]:
    with opened(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                for name in archive.namelist():
                    with archive.open(name) as member:
                        yield _header(member, name.removesuffix(".npy"), path)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError) as error:
            raise InputError(f"{path}: not a .npz of arrays, or damaged ({error})") from None


def _header(file: IO[bytes], name: str, path: Path) -> Member:
    from surrogate.datasets.stored_array import npy_header

    header = npy_header(file, f"{path}: '{name}'" if name else str(path))
    return Member(name, header.shape, header.dtype.name if header.dtype.kind in "biufc" else "records")


def _torch(path: Path) -> Iterator[Member]:
    """Give the tensors of a file by name, none of whose numbers are kept."""
    from surrogate.datasets.torch_file import read_torch_file

    with opened(path) as file:
        refuse_bomb(file, path)
    for name, tensor in read_torch_file(path, shapes_alone=True).items():
        yield Member(name, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))


def _mat5(path: Path) -> Iterator[Member]:
    from scipy.io import whosmat

    try:
        with opened(path):
            for name, shape, kind in whosmat(str(path), appendmat=False):
                yield Member(name, tuple(shape), _MATLAB.get(kind, kind))
    except InputError:
        raise
    except Exception as error:  # whatever a foreign file makes the reader raise, it is the file that is wrong
        raise InputError(f"{path}: not a .mat file, or damaged ({error})") from None


_MATLAB = {"double": "float64", "single": "float32", "logical": "bool", "char": "text"}


def _netcdf3(path: Path) -> Iterator[Member]:
    from scipy.io import netcdf_file

    try:
        with netcdf_file(path, "r", mmap=True) as file:
            named = {name: (variable.shape, variable.data.dtype.name) for name, variable in file.variables.items()}
    except Exception as error:  # as above
        raise InputError(f"{path}: not a netCDF file, or damaged ({error})") from None
    for name, (shape, kind) in named.items():
        yield Member(name, tuple(shape), kind)
