"""What installed packages add: modules that they declare as entry points. To install a package is to trust it.

An entry point ``NAME = "package.module"`` of the group ``surrogate.models`` is a model called ``NAME``; the other
registries have groups of their own. ``NAME.yaml`` beside the module holds its default settings. An equation's YAML is
a recipe; ``surrogate.recipes`` names further ones, each a YAML beside a module.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from surrogate.errors import SettingsError, shown, some

_PREFIX = "surrogate."


@dataclass(frozen=True)
class PlugIn:
    """A module called ``name`` that a ``package``, a distribution with its version, declares in a ``group``."""

    group: str
    name: str
    module: str
    package: str

    def __str__(self) -> str:
        return f"{shown(self.name)} of the package {self.package}"

    def load(self) -> ModuleType:
        """Return the module.

        Raises:
            SettingsError: it is none, or cannot be imported.
        """
        self.file()
        try:
            return importlib.import_module(self.module)
        except Exception as error:  # whatever the module of a stranger raises
            raise SettingsError(f"{self}: {self.module} cannot be imported: {type(error).__name__}: {error}") from error

    def file(self) -> Path:
        """Return the file of the module, which is not imported, though the packages around it are.

        Raises:
            SettingsError: there is no such module.
        """
        expected = f"expected a module in its entry point of {self.group}, got {shown(self.module)}"
        try:
            spec = importlib.util.find_spec(self.module) if ":" not in self.module else None
        except Exception as error:  # of the packages around it
            raise SettingsError(f"{self}: {expected}: {type(error).__name__}: {error}") from error
        if spec is None or spec.origin is None:
            raise SettingsError(f"{self}: {expected}")
        return Path(spec.origin)

    def settings(self) -> Path | None:
        """Return the YAML beside the module, if there is one.

        Raises:
            SettingsError: there is no such module.
        """
        file = self.file().parent / f"{self.name}.yaml"
        return file if file.is_file() else None


def plug_ins(group: str) -> Mapping[str, tuple[PlugIn, ...]]:
    """Return what installed packages declare in a group, by name: two that declare one name are both there."""
    return _declared().get(group, {})


def plug_in(group: str, name: str) -> PlugIn | None:
    """Return what an installed package declares under ``name``, None where no one does.

    Raises:
        SettingsError: two packages do.
    """
    offers = plug_ins(group).get(name, ())
    if len(offers) > 1:
        packages = some(sorted(one.package for one in offers))
        raise SettingsError(f"{shown(name)}: several packages declare it in {group}: {packages}; uninstall all but one")
    return offers[0] if offers else None


@functools.cache
def _declared() -> Mapping[str, Mapping[str, tuple[PlugIn, ...]]]:
    """Return all plug-ins by group and name; to look through what is installed takes some ten milliseconds."""
    from importlib import metadata  # which takes as long to import, and whoever asks for no plug-in has no use for

    groups: dict[str, dict[str, tuple[PlugIn, ...]]] = {}
    points = metadata.entry_points()
    for group in sorted(points.groups):
        for point in points.select(group=group) if group.startswith(_PREFIX) else ():
            package = "unknown" if point.dist is None else f"{point.dist.name} {point.dist.version}"
            names = groups.setdefault(group, {})
            names[point.name] = (*names.get(point.name, ()), PlugIn(group, point.name, point.value, package))
    return groups
