"""The runs or the data sets of a folder, in Python."""

from __future__ import annotations

import os
from pathlib import Path

from surrogate.errors import InputError, UsageError, nearest, shown
from surrogate.interface.inventory import KINDS, SORTS, Inventory, inventory
from surrogate.kinds import absent


def list(what: str, folder: str | os.PathLike[str] | None = None, *, sort: str = "when") -> Inventory:
    """Return the runs, or the data sets, that lie in a folder and below it, as ``surrogate list`` shows them.

    They are read from their records alone. One that is damaged is an entry that says so.

    Args:
        what: ``runs`` or ``data``.
        folder: where they lie; None: ``runs/`` or ``data/`` here.
        sort: ``when``, the newest first; ``error``, that on validation data, the lowest first; ``name``; ``size``, the
            largest first.

    Raises:
        InputError: there is no such folder.
        UsageError: there is no such kind, or order.
    """
    if what not in KINDS:
        raise UsageError(f"there is nothing called {shown(what)} to list{nearest(what, KINDS)}")
    if sort not in SORTS:
        raise UsageError(f"sort={sort}: cannot be sorted by that{nearest(sort, SORTS)}")
    where = Path(what if folder is None else folder).expanduser().absolute()
    if not where.exists():
        raise absent(where, "folder")
    if not where.is_dir():
        raise InputError(f"{where}: expected a folder; 'surrogate info' says what a file is")
    return inventory(what, where, sort)
