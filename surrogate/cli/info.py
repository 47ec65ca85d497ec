"""surrogate info: what a data set, a run or an exported file is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from surrogate.cli import console, places
from surrogate.cli.options import AsJson
from surrogate.errors import InputError
from surrogate.files import absent

EXAMPLES = ("surrogate info data/rough64", "surrogate info runs/latest", "surrogate info rough.onnx")


@console.guarded
def info(
    path: Annotated[Path, typer.Argument(help="A data set, a run or an exported file.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    folder = path.expanduser().absolute()
    if not folder.exists():
        raise absent(folder, "data set or run")
    if folder.is_file():
        from surrogate.artefact.artefact import open_artefact

        facts = figures = open_artefact(folder).figures()
    elif (folder / "run.json").is_file():
        from surrogate.runs import read_record

        facts = figures = dict(read_record(folder.resolve()).figures())
    elif (folder / "manifest.json").is_file() or (folder / "plan.json").is_file():
        from surrogate.cli.cards import dataset_card
        from surrogate.datasets.dataset import describe, open_dataset

        facts = describe(open_dataset(folder))
        figures = dataset_card(facts)
    else:
        raise InputError(f"{path}: expected a data set (manifest.json) or a run (run.json)")
    if as_json:
        console.out.print_json(json.dumps(facts))
    else:
        console.figures(places.short(folder), figures)
