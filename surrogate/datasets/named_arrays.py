"""Arrays under names, from the files that others keep them in: .npy, .npz, .pt and .h5. Nothing in them is executed."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets import hdf5_check
from surrogate.errors import InputError
from surrogate.kinds import absent
from surrogate.memory_limits import require
from surrogate.reading import LARGEST_RECORD, opened, read_array

Arrays = dict[str, NDArray[np.generic]]

SUFFIXES = (".npy", ".npz", ".pt", ".pth", ".h5", ".hdf5")


def read_named_arrays(path: Path) -> Arrays:
    """Return the arrays in a file by name; the one array of a file that names none is called ``""``.

    Raises:
        InputError: there is no such file, it is of another kind, damaged, or holds something else than arrays.
        SettingsError: there is no memory for them.
    """
    if not path.exists():
        raise absent(path, "file")
    suffix = path.suffix.lower()
    if suffix == ".npz":
        return _archive(path)
    if suffix in (".pt", ".pth"):
        return _tensors(path)
    if suffix in (".h5", ".hdf5"):
        return _hdf5(path)
    return {"": read_array(path)}


def _archive(path: Path) -> Arrays:
    with opened(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                size = sum(member.file_size for member in archive.infolist())
            _room(path, size)
            file.seek(0)
            with np.load(file, allow_pickle=False) as held:
                return {name: held[name] for name in held.files}
        except (zipfile.BadZipFile, ValueError, EOFError, KeyError, NotImplementedError, OSError) as error:
            raise InputError(f"{path}: not a .npz of plain arrays, or a damaged one ({error})") from None


def _tensors(path: Path) -> Arrays:
    import torch

    from surrogate.datasets.torch_file import read_torch_file

    return {
        name: (held.float() if held.dtype in (torch.bfloat16, torch.float16) else held).detach().numpy()
        for name, held in read_torch_file(path).items()
    }


def _hdf5(path: Path) -> Arrays:
    import h5py

    with opened(path) as raw:
        size = os.fstat(raw.fileno()).st_size
        _room(path, size)
        try:
            with h5py.File(raw, "r") as file:
                hdf5_check.check(file, size, str(path))
                return {name: held[()] for name, held in file.items() if isinstance(held, h5py.Dataset)}
        except (OSError, KeyError, ValueError, RuntimeError, TypeError, AttributeError) as error:
            raise InputError(f"{path}: not an HDF5 file of plain arrays, or a damaged one ({error})") from None


def _room(path: Path, size: int) -> None:
    if size > LARGEST_RECORD:
        require(2 * size, str(path), "give it in parts")
