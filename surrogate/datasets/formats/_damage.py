"""One clear line for a file that is not as its format has it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.foreign import Foreign
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.stored_array import StoredArray
from surrogate.errors import InputError

Reader = Callable[[Path, Reading], Foreign]


@contextmanager
def damage(where: str) -> Iterator[None]:
    """Refuse the file where something in it is missing, of another shape or of another kind than its format says.

    Raises:
        InputError: it is so.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{where}: not as its format has it, or damaged ({reason})") from None


def refusing_damage(read: Reader) -> Reader:
    """Return a reader that refuses what is damaged in one line."""

    @functools.wraps(read)
    def guarded(path: Path, reading: Reading = AS_IT_IS) -> Foreign:
        with damage(str(path)):
            return read(path, reading)

    return guarded


def real_numbers(array: StoredArray, where: str) -> NDArray[np.float64]:
    """Return a small array of real numbers.

    Raises:
        InputError: it holds something else.
    """
    if array.dtype.kind not in "fiub":
        raise InputError(f"{where}: holds {array.dtype}; expected real numbers")
    return np.asarray(array.all(), np.float64)
