"""Rows that lie in several files, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.foreign import Rows
from surrogate.spaces import SPLITS, Split

Arrays = list[NDArray[Any]]


def across(starts: Rows, rows: Rows, pick: Callable[[int, Rows], Arrays]) -> Arrays:
    """Return the rows of all files together.

    Args:
        starts: the first row of each file, and the count of all.
        rows: in any order.
        pick: number of a file and rows within it -> arrays, each with the rows first.
    """
    owners = np.searchsorted(starts, rows, side="right") - 1
    result: Arrays = []
    for owner in np.unique(owners):
        mine = np.flatnonzero(owners == owner)
        parts = pick(int(owner), rows[mine] - starts[owner])
        if len(mine) == len(rows):
            return parts
        result = result or [np.empty((len(rows), *part.shape[1:]), part.dtype) for part in parts]
        for whole, part in zip(result, parts, strict=True):
            whole[mine] = part
    return result


def split_rows(splits: Sequence[Split | None], starts: Rows) -> dict[Split, Rows] | None:
    """Return the rows of each split where every file is of one, None where some is of none."""
    if None in splits:
        return None
    owners = np.repeat(np.asarray(splits), np.diff(starts))
    return {split: np.flatnonzero(owners == split).astype(np.int64) for split in SPLITS}
