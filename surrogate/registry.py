"""A name -> a module of ours, of an installed package that declares it, or of a folder that the user opened.

Nothing else can be named, so a settings file can never name code.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import pkgutil
from types import ModuleType
from typing import Annotated, Self

from pydantic import Field, model_validator

from surrogate.errors import SettingsError, UnknownName, nearest, shown, typed
from surrogate.plug_ins import plug_in, plug_ins
from surrogate.spaces import Frozen

# Bounds of a model's settings, far beyond any that was ever trained: a record of a stranger may say anything.
Width = Annotated[int, Field(gt=0, le=65_536)]
Depth = Annotated[int, Field(gt=0, le=1_024)]
_LARGEST_COUNT = 10_000_000
_LONGEST_LIST = 1_024


class Settings(Frozen):
    """Settings of a registered module; ``name`` is the name of the module.

    No count of any of them is beyond ten millions, and no list longer than a thousand.
    """

    name: str

    @model_validator(mode="after")
    def _sane(self) -> Self:
        for key in type(self).model_fields:
            value = getattr(self, key)
            values = value if isinstance(value, tuple) else (value,)
            if len(values) > _LONGEST_LIST:
                raise SettingsError(
                    f"{self.name}.{key}: has {len(values):,} entries, expected at most {_LONGEST_LIST:,}"
                )
            if any(isinstance(number, int) and abs(number) > _LARGEST_COUNT for number in values):
                raise SettingsError(f"{self.name}.{key}: {shown(value)}, expected at most {_LARGEST_COUNT:,}")
        return self


class Registry:
    """The public modules of one package of ours, and those of plug-ins, imported when chosen.

    A module of ours that starts with an underscore is a shared block and cannot be named. Other packages declare theirs
    as entry points of ``group``, and open folders have them in rooms: :mod:`surrogate.plug_ins`. They are looked for
    when a name is not ours. Every module has a class ``Settings``, in the package of equations called ``Equation``;
    what else it has is the contract of its package, tested over :meth:`names`.
    """

    def __init__(self, kind: str, package: str, holds: str = "Settings") -> None:
        self.kind = kind
        self.package = package
        self.holds = holds
        self.group = f"surrogate.{package.rpartition('.')[2]}"

    @functools.cached_property
    def own(self) -> tuple[str, ...]:
        """The names of the modules of ours, sorted, none of which is imported."""
        spec = importlib.util.find_spec(self.package)
        path = None if spec is None else spec.submodule_search_locations
        return tuple(sorted(m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_")))

    def names(self) -> tuple[str, ...]:
        """Return the names that can be chosen, sorted, without importing any of them."""
        return tuple(sorted({*self.own, *plug_ins(self.group)}))

    def __contains__(self, name: str) -> bool:
        """Return whether ``name`` can be chosen."""
        return name in self.own or name in plug_ins(self.group)

    def module(self, name: str) -> ModuleType:
        """Return the module called ``name``: ours, where one of ours is.

        Raises:
            UnknownName: there is none; the message holds the nearest name.
            SettingsError: several plug-ins declare it, or it cannot be imported.
        """
        if name in self.own:
            return importlib.import_module(f"{self.package}.{name}")
        offer = plug_in(self.group, name) if isinstance(name, str) else None
        if offer is None:
            raise UnknownName(self.kind, name, nearest(name if isinstance(name, str) else "", self.names()))
        return offer.load()

    def settings(self, name: str) -> type[Settings]:
        """Return the class of settings of the module called ``name``.

        Raises:
            SettingsError: there is none; the message holds the nearest name.
        """
        settings: type[Settings] | None = vars(self.module(name)).get(self.holds)
        if settings is None:
            raise SettingsError(f"{self.kind} {shown(name)}: its module has no class {self.holds}")
        return settings

    def read(self, node: object) -> Settings:
        """Return ``node``, a mapping with a ``name``, as the settings of the module of that name.

        Raises:
            SettingsError: there is no such module, or no ``name``.
        """
        if isinstance(node, Settings):
            return node
        if not isinstance(node, dict) or "name" not in node:
            raise SettingsError(f"{self.kind}: expected a mapping with a 'name', got {typed(node)}")
        return self.settings(node["name"]).model_validate_json(json.dumps(node))


MODELS = Registry("model", "surrogate.models")
EQUATIONS = Registry("equation", "surrogate.equations", holds="Equation")
SAMPLERS = Registry("sampler", "surrogate.samplers")
EXPORTERS = Registry("export format", "surrogate.exporters")
FORMATS = Registry("data format", "surrogate.datasets.formats")
DATA_WRITERS = Registry("data export format", "surrogate.datasets.writers")
METRICS = Registry("metric", "surrogate.evaluation.metrics")
SUITES = Registry("suite", "surrogate.evaluation.suites")
LOSSES = Registry("loss", "surrogate.training.losses")
OPTIMIZERS = Registry("optimizer", "surrogate.training.optimizers")
SCHEDULES = Registry("schedule", "surrogate.training.schedules")
TRACKERS = Registry("tracker", "surrogate.training.trackers")
SYMMETRIES = Registry("symmetry", "surrogate.training.symmetries")


def metric_label(name: str) -> str:
    """Return what an error is called where it is read: the label of its metric, or its own name, spaced."""
    label: str = METRICS.module(name).METRIC.label if name in METRICS else name.replace("_", " ")
    return label
