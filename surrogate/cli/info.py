"""surrogate info: what a data set, a run, a preconditioner or an exported file is, or what a folder holds of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from surrogate.cli import completion, console, paths, places, recognised
from surrogate.cli.options import AsJson
from surrogate.errors import InputError, SurrogateError, UsageError
from surrogate.kinds import DATASET, EXPORTED, FILE, PRECONDITIONER, RUN, STUDY, absent, kind_of

EXAMPLES = (
    "surrogate info data/rough64",
    "surrogate info runs/latest",
    "surrogate info runs",
    "surrogate info rough.onnx",
    "surrogate info thesis.mat inputs=a outputs=u",
)

_OTHER = ("status", "parameters", "seconds")


@console.guarded
def info(
    path: Annotated[
        Path,
        typer.Argument(
            help="A data set, a run, an exported file, a folder of such, or a file of others.",
            show_default=False,
            autocompletion=completion.paths,
        ),
    ],
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="How a file of others is to be read.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    folder = path.expanduser().absolute()
    if not folder.exists():
        paths.refuse_recipe(folder, "folder", f"'surrogate preview {folder.name}' draws it")
        raise absent(folder, "data set or run")
    kind = kind_of(folder)
    if kind in (None, FILE) and _foreign(folder, words or [], as_json):
        return
    if kind is None:
        _list(path, folder, as_json)
        return
    facts, figures, following = _facts(kind, folder)
    if as_json:
        console.out.print_json(json.dumps(facts))
        return
    console.figures(places.short(folder), figures)
    if kind == RUN:
        _begun(folder)
    if following:
        console.next_step(*following)


def _foreign(path: Path, words: list[str], as_json: bool) -> bool:
    """Show how a foreign file or folder would be read; return whether it is one that may be."""
    from surrogate.datasets.recognition import is_foreign

    if not is_foreign(path):
        if words:
            raise UsageError(f"{words[0]}: says how a foreign file is read, and {path} is none")
        return False
    from surrogate.interface.foreign_data import recognised_with

    read, rows = recognised_with(path, words)
    if as_json:
        from surrogate.interface.recognised_source import reading_of

        console.out.print_json(json.dumps(reading_of(read, rows).to_dict()))
        return True
    recognised.show(read, rows)
    console.next_step("data", "convert", f"input={places.short(path)}", *words)
    return True


def _facts(kind: str, folder: Path) -> tuple[dict[str, Any], dict[str, str], tuple[str, ...]]:
    """Return what is known of it as JSON values and as lines to read, and the command that goes on with it."""
    if kind == EXPORTED:
        from surrogate.predictors.exported.artefact import open_artefact

        figures = open_artefact(folder).figures()
        return figures, figures, ()
    if kind == PRECONDITIONER:
        from surrogate.solve.preconditioner_store import read_record as read_preconditioner

        figures = read_preconditioner(folder.resolve()).figures()
        return figures, figures, ()
    if kind == DATASET:
        from surrogate.datasets.dataset import describe, open_dataset
        from surrogate.interface.card_lines import dataset_card

        facts = describe(open_dataset(folder))
        return facts, dataset_card(facts), ()
    if kind == STUDY:
        return _study(folder)
    from surrogate.training.checkpoint import standing

    figures = standing(folder.resolve()).figures()
    unfinished = figures["status"] != "finished"
    return figures, figures, ("train", f"resume={places.short(folder)}") if unfinished else ()


def _begun(folder: Path) -> None:
    """Say with whose weights a run began, where with any."""
    from surrogate.predictors.runs import read_record

    origin = read_record(folder.resolve()).origin
    for line in () if origin is None else origin.table():
        console.out.print(line, markup=False)


def _study(folder: Path) -> tuple[dict[str, Any], dict[str, str], tuple[str, ...]]:
    from surrogate.tuning.tune import result

    known = result(folder.resolve())
    if known.status != "finished":
        following: tuple[str, ...] = ("tune", f"resume={places.short(folder)}")
    else:
        following = () if known.best is None else ("eval", f"run={places.short(folder / known.best.name)}")
    return known.to_dict(), known.figures(), following


def _list(path: Path, folder: Path, as_json: bool) -> None:
    """Show the runs, preconditioners and data sets in a folder and below it, a line each."""
    from surrogate.cli import listing
    from surrogate.interface.inventory import below, inventory

    kinds = dict(below(folder))
    others = [(place, kind) for place, kind in kinds.items() if kind not in (RUN, DATASET)]
    if not kinds:
        expected = "a data set (manifest.json), a run (run.json), a preconditioner (preconditioner.json)"
        raise InputError(f"{path}: expected {expected}, or a folder of such")
    held = [inventory(what, folder) for what, kind in (("runs", RUN), ("data", DATASET)) if kind in kinds.values()]
    names = [(str(place.relative_to(folder)), kind, *_row(kind, place)) for place, kind in others]
    if as_json:
        entries = [entry.to_dict() for one in held for entry in one]
        entries += [dict(zip(("name", "what", *_OTHER), row, strict=True)) for row in names]
        console.out.print_json(json.dumps(entries))
        return
    for one in held:
        listing.show(one, as_json)
    if names:
        console.table(places.short(folder), ("", "what", *_OTHER), names)


def _row(kind: str, folder: Path) -> tuple[str, str, str]:
    """Return status, parameters and seconds of a preconditioner or a study as text; of one not to be read, why."""
    from surrogate.solve.preconditioner_store import read_record as read_preconditioner

    try:
        if kind == STUDY:
            from surrogate.tuning.tune import result

            known = result(folder)
            return known.status, "-", f"{sum(trial.seconds for trial in known.trials):.0f}"
        record = read_preconditioner(folder)
    except SurrogateError as error:
        return str(error).replace(f"{folder}: ", ""), "-", "-"
    return "finished", f"{record.parameters:,}", f"{record.seconds:.0f}"
