"""Folders of a program's own parts, opened so that their names can be chosen."""

from __future__ import annotations

import os
from pathlib import Path

from surrogate.plug_in_folders import open_folder, opened, parts


def plugins(*folders: str | os.PathLike[str]) -> dict[str, tuple[str, ...]]:
    """Open folders of parts of one's own, as ``--plugins FOLDER`` does, and return all that is open, names by room.

    ``plugins("mine")`` makes ``mine/equations/NAME.py``, ``mine/models/NAME.py``, ``mine/recipes/NAME.yaml`` and the
    like known under ``NAME``, in this process and in those that it starts. The code in a folder runs when it is named
    so: open none whose author you do not trust. No data set, run or setting opens one.

    Raises:
        InputError: there is no such folder, or no part in it.
    """
    for folder in folders:
        open_folder(Path(folder))
    rooms: dict[str, tuple[str, ...]] = {}
    for part in (part for folder in opened() for part in parts(folder)):
        rooms[part.room] = (*rooms.get(part.room, ()), part.name)
    return rooms
