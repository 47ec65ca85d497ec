"""Arrays of a caller as a file, for what reads files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from surrogate.errors import InputError, shown
from surrogate.interface.tensors import as_numpy


@contextmanager
def as_file(value: Any) -> Iterator[Path | None]:
    """Give the path of a file with these arrays, which is there as long as the block runs; of a path, itself.

    Args:
        value: an array, a dictionary of arrays by name, a path, or None, which gives None.

    Raises:
        InputError: nested lists of several lengths, or arrays of objects.
    """
    if value is None or isinstance(value, str | os.PathLike):
        yield None if value is None else Path(value).expanduser()
        return
    arrays = {str(key): as_numpy(each) for key, each in (value if isinstance(value, Mapping) else {"": value}).items()}
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise InputError(f"{name or 'the array'}: {shown(array.tolist())}: expected real numbers")
    with tempfile.TemporaryDirectory(prefix="surrogate-") as folder:
        if isinstance(value, Mapping):
            path = Path(folder) / "arrays.npz"
            np.savez(path, **arrays)  # type: ignore[arg-type]
        else:
            path = Path(folder) / "array.npy"
            np.save(path, arrays[""], allow_pickle=False)
        yield path
