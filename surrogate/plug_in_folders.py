"""Folders of a user's own parts, opened by ``--plugins FOLDER``, ``sg.plugins(folder)`` or ``SURROGATE_PLUGINS``.

A folder has the rooms of the package: ``models/NAME.py`` is a model called ``NAME``, ``equations/NAME.py`` an equation,
and so on, each with its settings in ``NAME.yaml`` beside it; ``recipes/NAME.yaml`` is a recipe, and
``conf/GROUP/NAME.yaml`` a choice of any other group of settings. What a module of a folder shares with others starts
with an underscore, and is imported relatively.

The code in an opened folder runs with the rights of whoever opened it. So nothing else opens one: no data set, run,
record, exported file or setting can name a folder. The variable is what processes that we start inherit.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from surrogate.errors import InputError, SettingsError, shown, similar

VARIABLE = "SURROGATE_PLUGINS"
RECIPES = "recipes"
ROOMS: tuple[str, ...] = ("equations", "exporters", "formats", "losses", "metrics", "models", "optimizers", RECIPES)
ROOMS += ("samplers", "schedules", "suites", "symmetries", "trackers", "writers")
_ROOT = "surrogate_plug_ins"
# How like the name of a room another folder's is that was meant to be one: `model`, and not `examples` for samplers.
_ALIKE = 0.8


@dataclass(frozen=True)
class OwnPart:
    """What a ``folder`` has in one of its rooms under a ``name``."""

    folder: Path
    room: str
    name: str

    @property
    def stem(self) -> Path:
        """Its file without the ending."""
        return self.folder / self.room / self.name

    @property
    def module(self) -> str:
        """The name under which Python imports it, once the folder is a package: see :func:`importable`."""
        return f"{_package(self.folder)}.{self.room}.{self.name}"


def opened() -> tuple[Path, ...]:
    """Return the folders that are open, in the order in which they were opened.

    Raises:
        InputError: the variable names something that is no such folder.
    """
    texts = os.environ.get(VARIABLE, "").split(os.pathsep)
    folders = dict.fromkeys(Path(text).expanduser().absolute() for text in texts if text)
    for folder in folders:
        _refuse_strange(folder, f"{VARIABLE}={folder}")
    return tuple(folders)


def open_folder(folder: Path) -> None:
    """Open a folder for this process and those that it starts: its names can be chosen from here on.

    Raises:
        InputError: there is no such folder, or no part in it.
        SettingsError: its path has the character that separates paths in the variable.
    """
    folder = folder.expanduser().absolute()
    if os.pathsep in str(folder):
        raise SettingsError(f"plugins={folder}: has '{os.pathsep}' in its path, which separates paths in {VARIABLE}")
    _refuse_strange(folder, str(folder))
    before = opened()
    if folder not in before:
        os.environ[VARIABLE] = os.pathsep.join(map(str, (*before, folder)))


def parts(folder: Path) -> Iterator[OwnPart]:
    """Give what is in the rooms of a folder, without importing any of it."""
    for room in ROOMS:
        ending = ".yaml" if room == RECIPES else ".py"
        inside = folder / room
        for file in sorted(inside.glob(f"*{ending}")) if inside.is_dir() else ():
            if not file.name.startswith("_") and file.is_file():
                yield OwnPart(folder, room, file.stem)


def own_settings() -> tuple[Path, ...]:
    """Return the folders ``conf`` of those that are open, which hold choices of groups of settings."""
    return tuple(conf for folder in opened() if (conf := folder / "conf").is_dir())


def importable(part: OwnPart) -> str:
    """Return the name of the module of a part, after making its folder a package that Python imports it from.

    The name of the package is made of the path, so that no folder hides another, nor anything that is installed.
    """
    package = _package(part.folder)
    if package not in sys.modules:
        root = sys.modules.setdefault(_ROOT, ModuleType(_ROOT))
        root.__path__ = []
        module = ModuleType(package)
        module.__path__ = [str(part.folder)]
        sys.modules[package] = module
    return part.module


def _package(folder: Path) -> str:
    readable = re.sub(r"\W", "_", folder.name)
    return f"{_ROOT}.{readable}_{hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]}"


def _refuse_strange(folder: Path, named: str) -> None:
    """Refuse what is no folder with a part in it, and a room or a module that nobody could name."""
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise InputError(f"{named}: {what}; expected a folder of parts of your own, such as equations/NAME.py")
    for inside in folder.iterdir():
        if inside.name not in ROOMS and inside.is_dir() and (meant := similar(inside.name, ROOMS, _ALIKE)):
            file = next((one for one in inside.iterdir() if one.suffix in (".py", ".yaml")), None)
            if file is not None:
                raise InputError(f"{named}: {inside.name}/{file.name} is in no room; did you mean '{meant[0]}/'?")
    held = list(parts(folder))
    for part in held:
        if not part.name.isidentifier():
            raise InputError(f"{named}: {part.room}/{shown(part.name)}: expected a name of letters, digits and _")
    if not held and not (folder / "conf").is_dir():
        raise InputError(
            f"{named}: has no part of yours; expected equations/NAME.py, models/NAME.py, recipes/NAME.yaml or the like"
        )
