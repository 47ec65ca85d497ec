"""What others add: modules that installed packages declare as entry points, and those of folders that a user opened.

An entry point ``NAME = "package.module"`` of the group ``surrogate.models`` is a model called ``NAME``; the other
registries have groups of their own. ``NAME.yaml`` beside the module holds its default settings. An equation's YAML is
a recipe; ``surrogate.recipes`` names further ones, each a YAML beside a module. A folder has the same modules in rooms
called as the registries: :mod:`surrogate.plug_in_folders`. To install a package, or to open a folder, is to trust it.
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
from surrogate.plug_in_folders import OwnPart, importable, opened, parts

_PREFIX = "surrogate."


@dataclass(frozen=True)
class PlugIn:
    """A module called ``name`` that somebody declares in a ``group``: a package, or a folder by having it.

    ``package`` is the distribution with its version, or the path of the folder, of which it is a ``part``.
    """

    group: str
    name: str
    module: str
    package: str
    part: OwnPart | None = None

    def __str__(self) -> str:
        return f"{shown(self.name)} of the {'package' if self.part is None else 'folder'} {self.package}"

    def load(self) -> ModuleType:
        """Return the module.

        Raises:
            SettingsError: it is none, or cannot be imported.
        """
        file = self.file()
        try:
            return importlib.import_module(self.module if self.part is None else importable(self.part))
        except Exception as error:  # whatever the module of a stranger raises
            what = self.module if self.part is None else file
            raise SettingsError(f"{self}: {what} cannot be imported: {type(error).__name__}: {error}") from error

    def file(self) -> Path:
        """Return the file of the module, which is not imported, though the packages around it are.

        Raises:
            SettingsError: there is no such module.
        """
        if self.part is not None:
            return self.part.stem.with_suffix(".py")
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
        file = (self.file().parent if self.part is None else self.part.stem.parent) / f"{self.name}.yaml"
        return file if file.is_file() else None


def plug_ins(group: str) -> Mapping[str, tuple[PlugIn, ...]]:
    """Return what packages and open folders declare in a group, by name: two that declare one name are both there."""
    offers = dict(_declared().get(group, {}))
    for folder in opened():
        for part in parts(folder):
            if _PREFIX + part.room == group:
                one = PlugIn(group, part.name, part.module, str(folder), part)
                offers[part.name] = (*offers.get(part.name, ()), one)
    return offers


def plug_in(group: str, name: str) -> PlugIn | None:
    """Return what a package or an open folder declares under ``name``, None where no one does.

    Raises:
        SettingsError: two of them do.
    """
    offers = plug_ins(group).get(name, ())
    if len(offers) > 1:
        owners = some(sorted(one.package for one in offers))
        several, mend = "several packages", "uninstall all but one"
        if any(one.part is not None for one in offers):
            several, mend = "several plug-ins", "open or install one of them alone"
        raise SettingsError(f"{shown(name)}: {several} declare it in {group}: {owners}; {mend}")
    return offers[0] if offers else None


@functools.cache
def _declared() -> Mapping[str, Mapping[str, tuple[PlugIn, ...]]]:
    """Return what packages declare, by group and name; to look through all that is installed takes ten milliseconds."""
    from importlib import metadata  # which takes as long to import, and whoever asks for no plug-in has no use for

    groups: dict[str, dict[str, tuple[PlugIn, ...]]] = {}
    points = metadata.entry_points()
    for group in sorted(points.groups):
        for point in points.select(group=group) if group.startswith(_PREFIX) else ():
            package = "unknown" if point.dist is None else f"{point.dist.name} {point.dist.version}"
            names = groups.setdefault(group, {})
            names[point.name] = (*names.get(point.name, ()), PlugIn(group, point.name, point.value, package))
    return groups
