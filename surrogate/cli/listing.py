"""surrogate list: what can be named."""

from __future__ import annotations

import ast
import enum
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surrogate.cli import console, places
from surrogate.cli.options import AsJson
from surrogate.config.resources import bundled, installed_choices
from surrogate.errors import SurrogateError, UsageError, nearest, shown
from surrogate.plug_ins import PlugIn, plug_in, plug_ins

if TYPE_CHECKING:
    from surrogate.interface.inventory import Inventory
    from surrogate.registry import Registry

EXAMPLES = (
    "surrogate list models",
    "surrogate list recipes",
    "surrogate list runs",
    "surrogate list runs runs/sweep sort=error",
    "surrogate list data data --json",
)

_PACKAGE = Path(__file__).resolve().parent.parent


class Kind(enum.StrEnum):
    """What can be listed."""

    RUNS = "runs"
    DATA = "data"
    MODELS = "models"
    RECIPES = "recipes"
    EQUATIONS = "equations"
    SAMPLERS = "samplers"
    EXPERIMENTS = "experiments"
    FORMATS = "formats"
    WRITERS = "writers"
    EXPORTS = "exports"
    LOSSES = "losses"
    OPTIMIZERS = "optimizers"
    SCHEDULES = "schedules"
    METRICS = "metrics"
    SUITES = "suites"
    TRACKERS = "trackers"
    SYMMETRIES = "symmetries"


@console.guarded
def listing(
    what: Annotated[
        str,
        typer.Argument(metavar="KIND", help=" | ".join(Kind), show_default=False, autocompletion=lambda: list(Kind)),
    ],
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FOLDER] [sort=KEY]",
            help="Of runs and data: where they lie, and when | error | name | size.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    if what not in list(Kind):
        raise UsageError(f"there is nothing called '{what}' to list{nearest(what, Kind)}")
    if what in (Kind.RUNS, Kind.DATA):
        _inventory(what, words or [], as_json)
        return
    if words:
        raise UsageError(f"{shown(words[0])}: 'surrogate list {what}' takes no more words")
    if as_json:
        console.out.print_json(json.dumps([{"name": name, "title": line} for name, line in _rows(Kind(what))]))
        return
    rows = _rows(Kind(what))
    width = max((len(name) for name, _ in rows), default=0)
    for name, line in rows:
        console.out.print(f"[bold]{name:<{width}}[/]  ", end="")
        console.out.print(line, markup=False)


def _inventory(what: str, words: Sequence[str], as_json: bool) -> None:
    from surrogate.interface.listing_folders import list as listed

    folder, sort = None, "when"
    for word in words:
        key, equals, value = word.partition("=")
        if equals and not Path(word).expanduser().exists():
            if key != "sort":
                raise UsageError(
                    f"{key}: there is no such setting; 'surrogate list {what}' takes a folder and sort=KEY"
                )
            sort = value
        elif folder is not None:
            raise UsageError(f"{shown(word)}: one folder was given already, '{folder}'")
        else:
            folder = word
    show(listed(what, folder, sort=sort), as_json)


def show(held: Inventory, as_json: bool) -> None:
    """Print what lies in a folder, and beneath it what is wrong with some of that."""
    if as_json:
        console.out.print_json(json.dumps(held.to_dict()[held.what]))
        return
    if not len(held):
        console.note(f"{places.short(held.folder)}: holds no {held.what}")
        return
    console.table(places.short(held.folder), held.heads, held.rows)
    for entry in held:
        if entry.status in ("damaged", "failed"):
            console.note(f"{entry.name}: {entry.status}: {entry.detail}")


def _rows(kind: Kind) -> list[tuple[str, str]]:
    """Return what there is of a kind: each name with a line about it, and those of other packages behind ours."""
    if kind is Kind.RECIPES:
        ours = [(file.stem, _title(file)) for file in sorted(bundled("data_recipes").glob("*.yaml"))]
        return ours + [(one.name, _about(one, _recipe_title)) for one in installed_choices("recipe")]
    if kind is Kind.EXPERIMENTS:
        files = sorted((bundled("conf") / "experiment").glob("*.yaml"))
        return [(file.stem, _comment(file)) for file in files]
    registry = _registry(kind)
    folder = _PACKAGE.joinpath(*registry.package.split(".")[1:])
    ours = [(name, _first_line(folder / f"{name}.py")) for name in registry.own]
    theirs = [one for several in plug_ins(registry.group).values() for one in several]
    return ours + [(one.name, _about(one, lambda one: _first_line(one.file()), registry.own)) for one in theirs]


def _registry(kind: Kind) -> Registry:
    from surrogate import registry

    return {
        Kind.MODELS: registry.MODELS,
        Kind.EQUATIONS: registry.EQUATIONS,
        Kind.SAMPLERS: registry.SAMPLERS,
        Kind.FORMATS: registry.FORMATS,
        Kind.WRITERS: registry.DATA_WRITERS,
        Kind.EXPORTS: registry.EXPORTERS,
        Kind.LOSSES: registry.LOSSES,
        Kind.OPTIMIZERS: registry.OPTIMIZERS,
        Kind.SCHEDULES: registry.SCHEDULES,
        Kind.METRICS: registry.METRICS,
        Kind.SUITES: registry.SUITES,
        Kind.TRACKERS: registry.TRACKERS,
        Kind.SYMMETRIES: registry.SYMMETRIES,
    }[kind]


def _about(one: PlugIn, line: Callable[[PlugIn], str], ours: tuple[str, ...] = ()) -> str:
    """Return a line about a plug-in, and whose it is; of one that cannot be had, why."""
    if one.name in ours:
        return f"not used: {one.package} declares it, and the name is ours"
    try:
        plug_in(one.group, one.name)
        return f"{line(one)} ({one.package})"
    except SurrogateError as error:
        return f"not used: {error}"


def _recipe_title(one: PlugIn) -> str:
    file = one.settings()
    return "" if file is None else _title(file)


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
