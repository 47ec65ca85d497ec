"""Where conf/ and data_recipes/ lie, inside the package in a wheel, next to it in a checkout; what is to be chosen."""

from __future__ import annotations

import functools
from pathlib import Path

from surrogate.plug_in_folders import own_settings
from surrogate.plug_ins import PlugIn, plug_in, plug_ins

_PACKAGE = Path(__file__).resolve().parent.parent


@functools.cache
def bundled(folder: str) -> Path:
    """Return the shipped folder called ``folder``.

    The checkout is asked first: an editable install may leave stale copies inside the package.
    """
    beside = _PACKAGE.parent / folder
    if beside.is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file():
        return beside
    return _PACKAGE / folder


RECIPE = "recipe"
# Which entry points and rooms of plug-ins are choices of a group of Hydra's.
_DECLARED = {
    "model": ("surrogate.models",),
    "loss": ("surrogate.losses",),
    "optimizer": ("surrogate.optimizers",),
    "schedule": ("surrogate.schedules",),
    "suite": ("surrogate.suites",),
    RECIPE: ("surrogate.recipes", "surrogate.equations"),
}


def groups(config_dir: Path | None = None) -> dict[str, tuple[str, ...]]:
    """Return the choices of every group that are shipped or in a user's own folders, by listing folders.

    Those of plug-ins are asked for by :func:`choices` and :func:`is_choice`.
    """
    known = {name: set(shipped(name)) for name in (RECIPE, *_folders(bundled("conf")))}
    for own in own_folders(config_dir):
        for name in _folders(own):
            known[name] = known.get(name, set()) | _names(own / name)
    return {name: tuple(sorted(names)) for name, names in sorted(known.items())}


def own_folders(config_dir: Path | None = None) -> tuple[Path, ...]:
    """Return the folders of settings of a user's own: ``config_dir``, and those of open folders of plug-ins."""
    return (*(() if config_dir is None else (config_dir,)), *own_settings())


def choices(group: str, config_dir: Path | None = None) -> tuple[str, ...]:
    """Return all choices of a group: shipped, in a user's own folders, and of plug-ins."""
    return tuple(sorted({*groups(config_dir).get(group, ()), *(one.name for one in installed_choices(group))}))


def is_choice(group: str, name: str, config_dir: Path | None = None) -> bool:
    """Return whether a group has a choice of that name; packages are looked through for what is not shipped.

    Raises:
        SettingsError: several plug-ins declare it.
    """
    return name in groups(config_dir).get(group, ()) or installed(group, name) is not None


@functools.cache
def shipped(group: str) -> frozenset[str]:
    """Return the choices of a group that come with us."""
    return frozenset(_names(bundled("data_recipes") if group == RECIPE else bundled("conf") / group))


def installed(group: str, name: str) -> PlugIn | None:
    """Return the plug-in that is a choice of a group; an equation is one where a recipe lies beside it.

    Raises:
        SettingsError: several packages declare it.
    """
    for declared in _DECLARED.get(group, ()):
        candidate = plug_in(declared, name)
        if candidate is not None and (group != RECIPE or candidate.settings() is not None):
            return candidate
    return None


def installed_choices(group: str) -> list[PlugIn]:
    """Return what plug-ins add to the choices of a group; an equation without a recipe beside it is none."""
    every = [one for declared in _DECLARED.get(group, ()) for several in plug_ins(declared).values() for one in several]
    return [one for one in every if group != RECIPE or one.settings() is not None]


def _folders(root: Path) -> tuple[str, ...]:
    return tuple(folder.name for folder in root.iterdir() if folder.is_dir())


def _names(folder: Path) -> set[str]:
    return {file.stem for file in folder.glob("*.yaml") if file.is_file()}
