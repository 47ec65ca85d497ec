"""A name -> a module of ours. Nothing else can be named, so a settings file can never name code."""

from __future__ import annotations

import importlib
import json
import pkgutil
from types import ModuleType

from surrogate.errors import SettingsError, nearest, shown
from surrogate.fields import Frozen


class Settings(Frozen):
    """Settings of a registered module; ``name`` is the name of the module."""

    name: str


class Registry:
    """The public modules of one package of ours, imported when chosen.

    A module that starts with an underscore is a shared block and cannot be named. Every module has a class
    ``Settings``; what else it has is the contract of its package, tested over :meth:`names`.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self.package = package

    def names(self) -> tuple[str, ...]:
        """Return the names that can be chosen, sorted, without importing any of them."""
        path = importlib.import_module(self.package).__path__
        return tuple(sorted(m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_")))

    def module(self, name: str) -> ModuleType:
        """Return the module called ``name``.

        Raises:
            SettingsError: there is none; the message holds the nearest name.
        """
        if name not in self.names():
            raise SettingsError(f"there is no {self.kind} {shown(name)}{nearest(str(name), self.names())}")
        return importlib.import_module(f"{self.package}.{name}")

    def read(self, node: object) -> Settings:
        """Return ``node``, a mapping with a ``name``, as the settings of the module of that name.

        Raises:
            SettingsError: there is no such module, or no ``name``.
        """
        if isinstance(node, Settings):
            return node
        if not isinstance(node, dict) or "name" not in node:
            raise SettingsError(f"{self.kind}: expected a mapping with a 'name', got {shown(node)}")
        settings: Settings = self.module(node["name"]).Settings.model_validate_json(json.dumps(node))
        return settings


MODELS = Registry("model", "surrogate.models")
EQUATIONS = Registry("equation", "surrogate.equations")
SAMPLERS = Registry("sampler", "surrogate.samplers")
EXPORTERS = Registry("export format", "surrogate.export")
FORMATS = Registry("data format", "surrogate.datasets.formats")
SUITES = Registry("suite", "surrogate.evaluation.suites")
