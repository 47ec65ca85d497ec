"""A part, ours or a plug-in's, held to the contract of its kind."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.config.read import read
from surrogate.config.resources import RECIPE, bundled, choices, installed, is_choice, shipped
from surrogate.errors import SettingsError, UnknownName, UsageError, nearest, shown
from surrogate.interface import notebook
from surrogate.kinds import DATASET, kind_of
from surrogate.reading import read_yaml
from surrogate.registry import (
    EQUATIONS,
    FORMATS,
    LOSSES,
    METRICS,
    MODELS,
    OPTIMIZERS,
    SAMPLERS,
    SCHEDULES,
    SYMMETRIES,
    TRACKERS,
    Registry,
)
from surrogate.spaces import Frozen

if TYPE_CHECKING:
    from surrogate.testing.kept_laws import KeptLaw

# Kind -> where its names are, and the contract of surrogate.testing.
_KINDS: dict[str, tuple[Registry, str]] = {
    "equation": (EQUATIONS, "EquationContract"),
    "model": (MODELS, "ModelContract"),
    "format": (FORMATS, "FormatContract"),
    "metric": (METRICS, "MetricContract"),
    "loss": (LOSSES, "LossContract"),
    "sampler": (SAMPLERS, "SamplerContract"),
    "optimizer": (OPTIMIZERS, "OptimizerContract"),
    "schedule": (SCHEDULES, "ScheduleContract"),
    "tracker": (TRACKERS, "TrackerContract"),
    "symmetry": (SYMMETRIES, "SymmetryContract"),
}
_HEADS = ("law", "verdict", "figure", "seconds")


class ContractSettings(Frozen):
    """The ``name`` of a part, its ``kind`` where several have it, the ``input`` of a format, and ``slow`` laws too."""

    name: str
    kind: str | None
    input: Path | None
    slow: bool


@dataclass(frozen=True)
class HeldPart:
    """A part that was held to a contract.

    Attributes:
        kind: of it.
        name: its name.
        laws: each law with verdict, figure, seconds, and what it means.
    """

    kind: str
    name: str
    laws: tuple[KeptLaw, ...]

    @property
    def passed(self) -> bool:
        """Whether no law fails."""
        return not self.broken

    @property
    def broken(self) -> tuple[KeptLaw, ...]:
        """The laws that fail."""
        return tuple(law for law in self.laws if law.verdict == "fails")

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads of the columns of :meth:`rows`."""
        return _HEADS

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Return a row for each law: the sentence, the verdict, what was measured, seconds."""
        several = len({law.part for law in self.laws}) > 1
        return [
            (
                f"{law.part}: {law.law}" if several else law.law,
                law.verdict.upper() if law.verdict == "fails" else law.verdict,
                law.figure,
                f"{law.seconds:.1f}",
            )
            for law in self.laws
        ]

    def line(self) -> str:
        """Return the verdict in a sentence."""
        skipped = sum(law.verdict == "skipped" for law in self.laws)
        aside = f", {skipped} say nothing about it" if skipped else ""
        kept = len(self.laws) - skipped - len(self.broken)
        wrong = f"; {len(self.broken)} fail{'s' * (len(self.broken) == 1)}" if self.broken else ""
        return f"the {self.kind} {self.name} keeps {kept} of {len(self.laws)} laws{aside}{wrong}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "kind": self.kind,
            "name": self.name,
            "passed": self.passed,
            "laws": [dict(vars(law)) for law in self.laws],
        }

    def __repr__(self) -> str:
        return f"<{self.line()}>"

    def _repr_html_(self) -> str:
        """Return its laws, for a notebook."""
        return notebook.table(self.line(), self.heads, self.rows())


def check_contract(name: str, **settings: Any) -> tuple[HeldPart, ...]:
    """Return which laws of its contract a part keeps, ours or a plug-in's; one entry for each kind that has the name.

    Args:
        name: of an equation, a model, a recipe, a format, a metric, ...
        settings: as of ``surrogate check``: ``kind``, ``input`` (a file of a format), ``slow``.

    Raises:
        UsageError, SettingsError: there is no such part or setting, it cannot be imported, or pytest is not installed.
    """
    return held(words_of("check", {"name": name} | settings))


def held(words: Sequence[str]) -> tuple[HeldPart, ...]:
    """Return which laws a part keeps by the words of a command line; raises as :func:`check_contract` does."""
    settings = read(ContractSettings, compose_tree("check", words))
    if importlib.util.find_spec("pytest") is None:
        raise SettingsError("check: the contracts are tests of pytest, not here; pip install 'surrogate[check]'")
    if kind_of(Path(settings.name)) == DATASET:
        raise UsageError(f"{settings.name}: is a data set; 'surrogate data check {settings.name}' looks at it")
    kinds = _kinds_of(settings)
    if settings.input is not None and kinds != ["format"]:
        raise UsageError(f"input: belongs to formats, and {settings.name} is a {' and a '.join(kinds)}")
    return tuple(_held(kind, settings) for kind in kinds)


def _kinds_of(settings: ContractSettings) -> list[str]:
    """Return which kinds of part are called so; of an equation and its recipe, the equation."""
    name, kind = settings.name, settings.kind
    if kind is not None and kind not in (*_KINDS, RECIPE):
        raise UsageError(f"kind: there is no contract of a kind {shown(kind)}{nearest(kind, (*_KINDS, RECIPE))}")
    kinds = [one for one, (registry, _) in _KINDS.items() if kind in (None, one) and name in registry]
    if kind == RECIPE or (kind is None and "equation" not in kinds):
        kinds += [RECIPE] if is_choice(RECIPE, name) else []
    if not kinds:
        known = {one for registry, _ in _KINDS.values() for one in registry.names()} | set(choices(RECIPE))
        if kind in _KINDS:
            known = set(_KINDS[kind][0].names())
        raise UnknownName(kind or "part", name, nearest(name, known))
    return kinds


def _held(kind: str, settings: ContractSettings) -> HeldPart:
    from surrogate.testing.kept_laws import kept_laws

    name, more = settings.name, dict[str, Any]()
    if kind in _KINDS:
        _KINDS[kind][0].module(name)  # what cannot be imported is one line, and no law
    if kind == "format" and settings.input is not None:
        more["files"] = {name: str(settings.input)}
    names = _recipes_of(name) if kind == "equation" else (name,)
    contract = "EquationContract" if kind == RECIPE else _KINDS[kind][1]
    return HeldPart(kind, name, tuple(kept_laws(contract, {"names": names} | more, settings.slow)))


def _recipes_of(equation: str) -> tuple[str, ...]:
    """Return the recipes of an equation, with which it is held to its contract.

    Raises:
        SettingsError: there is none.
    """
    files = {name: bundled("data_recipes") / f"{name}.yaml" for name in shipped(RECIPE)}
    for name in choices(RECIPE):
        outside = None if name in files else installed(RECIPE, name)
        if outside is not None and (beside := outside.settings()) is not None:
            files[name] = beside
    names = tuple(sorted(name for name, file in files.items() if _equation_in(read_yaml(file)) == equation))
    if not names:
        raise SettingsError(f"{equation}: no recipe names this equation, and with one it is held; give {equation}.yaml")
    return names


def _equation_in(recipe: Any) -> object:
    held = recipe.get("equation") if isinstance(recipe, dict) else None
    return held.get("name") if isinstance(held, dict) else None
