"""surrogate list: what can be named."""

from __future__ import annotations

import ast
import enum
from pathlib import Path
from typing import Annotated

import typer

from surrogate.cli import console
from surrogate.config.resources import bundled, groups
from surrogate.errors import UsageError, nearest

EXAMPLES = ("surrogate list models", "surrogate list recipes")

_PACKAGE = Path(__file__).resolve().parent.parent


class Kind(enum.StrEnum):
    """What can be listed."""

    MODELS = "models"
    RECIPES = "recipes"
    EQUATIONS = "equations"
    SAMPLERS = "samplers"
    EXPERIMENTS = "experiments"
    FORMATS = "formats"
    EXPORTS = "exports"
    LOSSES = "losses"
    OPTIMIZERS = "optimizers"
    SCHEDULES = "schedules"
    METRICS = "metrics"


_MODULES = {
    Kind.MODELS: "models",
    Kind.EQUATIONS: "equations",
    Kind.SAMPLERS: "samplers",
    Kind.FORMATS: "datasets/formats",
    Kind.EXPORTS: "export",
    Kind.METRICS: "evaluation/metrics",
}
_GROUPS = {
    Kind.EXPERIMENTS: "experiment",
    Kind.LOSSES: "loss",
    Kind.OPTIMIZERS: "optimizer",
    Kind.SCHEDULES: "schedule",
}


@console.guarded
def listing(
    what: Annotated[str, typer.Argument(metavar="KIND", help=" | ".join(Kind), show_default=False)],
) -> None:
    if what not in list(Kind):
        raise UsageError(f"there is nothing called '{what}' to list{nearest(what, Kind)}")
    kind = Kind(what)
    if kind in _MODULES:
        rows = [(file.stem, _first_line(file)) for file in sorted((_PACKAGE / _MODULES[kind]).glob("[!_]*.py"))]
    elif kind is Kind.RECIPES:
        rows = [(file.stem, _title(file)) for file in sorted(bundled("data_recipes").glob("*.yaml"))]
    else:
        folder = bundled("conf") / _GROUPS[kind]
        rows = [(name, _comment(folder / f"{name}.yaml")) for name in groups().get(_GROUPS[kind], ())]
    width = max((len(name) for name, _ in rows), default=0)
    for name, line in rows:
        console.out.print(f"[bold]{name:<{width}}[/]  ", end="")
        console.out.print(line, markup=False)


def _first_line(file: Path) -> str:
    """Return the first line of a module's docstring without importing it."""
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return text.splitlines()[0] if text else ""


def _title(file: Path) -> str:
    import yaml

    return str(yaml.safe_load(file.read_text(encoding="utf-8")).get("title", ""))


def _comment(file: Path) -> str:
    """Return the first comment of a YAML file that is no directive of Hydra's."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") and "@package" not in line:
            return line.lstrip("# ")
    return ""
