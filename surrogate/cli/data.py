"""surrogate data: convert foreign files; check, verify and export data sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from surrogate.cli import completion, console, help, paths, places, recognised
from surrogate.cli.options import AsJson, Show, Words
from surrogate.errors import InputError, Stopped
from surrogate.interface.default_places import dated
from surrogate.kinds import FILE, absent

CONVERT_EXAMPLES = (
    "surrogate data convert darcy_train_16.pt",
    "surrogate data convert thesis.mat axes=n,x,y lengths=1,1 boundary=dirichlet",
    "surrogate data convert runs.h5 outputs=u times=0:2 split=0.9,0.1,0",
)

CHECK_EXAMPLES = (
    "surrogate data check data/rough64",
    "surrogate data check data/mine equation=darcy 'parameters={forcing: 2}'",
    "surrogate data check data/rough64 --json",
)

EXPORT_EXAMPLES = (
    "surrogate data export data/rough64 format=well out=rough-well",
    "surrogate data export data/rough64 format=netcdf",
)

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="rich", help="Convert foreign files; check, verify and export data sets."
)


@app.command(help=help.text("Make a data set from a foreign file or folder.", CONVERT_EXAMPLES, "convert"))
@console.guarded
def convert(words: Words = None, show: Show = False) -> None:
    from surrogate.config.compose import compose_tree
    from surrogate.config.words import prepared

    tree = compose_tree("convert", prepared(words or [], "convert"))
    if show:
        console.yaml(tree)
        raise typer.Exit
    from surrogate.config.read import read
    from surrogate.datasets.conversion_settings import ConvertConfig

    config = read(ConvertConfig, tree)
    if not config.input.exists():
        raise absent(config.input, FILE)
    from surrogate.datasets.dataset import describe
    from surrogate.interface.card_lines import dataset_card
    from surrogate.interface.foreign_data import converted_source

    out = config.out or Path(dated("data", config.input.stem))
    dataset = converted_source(config, out, recognised.show)
    console.figures(places.shown(out), dataset_card(describe(dataset)))
    if dataset.counts["train"]:
        console.next_step("train", places.noun(out), "model=fno")


@app.command(help=help.text("Say what is wrong with a data set, whoever made it.", CHECK_EXAMPLES, "data_check"))
@console.guarded
def check(words: Words = None, show: Show = False, as_json: AsJson = False) -> None:
    from surrogate.config.compose import compose_tree
    from surrogate.config.words import prepared

    tree = compose_tree("data_check", prepared(words or [], "data_check"))
    if show:
        console.yaml(tree)
        raise typer.Exit
    paths.look(tree)
    from surrogate.config.read import read
    from surrogate.datasets.check_settings import CheckConfig
    from surrogate.interface.checked_data import checked

    config = read(CheckConfig, tree)
    result = checked(config, console)
    if as_json:
        console.out.print_json(json.dumps(result.to_dict()))
    else:
        console.figures(places.short(config.data), result.figures())
    if not result.sound:
        raise typer.Exit(1)


@app.command(help=help.text("Write a data set in a format that others read.", EXPORT_EXAMPLES, "data_export"))
@console.guarded
def export(words: Words = None, show: Show = False) -> None:
    from surrogate.config.compose import compose_tree
    from surrogate.config.words import prepared

    tree = compose_tree("data_export", prepared(words or [], "data_export"))
    if show:
        console.yaml(tree)
        raise typer.Exit
    paths.look(tree)
    from surrogate.config.read import read
    from surrogate.datasets.export_settings import DataExportConfig
    from surrogate.interface.exported_data import exported_data

    written = exported_data(read(DataExportConfig, tree), console)
    console.figures(places.shown(written.path), written.figures())


@app.command(
    help=help.text(
        "Check every byte of a data set, and solve some of its samples again.", ("surrogate data verify data/rough64",)
    )
)
@console.guarded
def verify(
    path: Annotated[Path, typer.Argument(help="A data set.", show_default=False, autocompletion=completion.paths)],
) -> None:
    paths.data_set(path.expanduser().absolute())
    from surrogate.datasets.dataset import open_dataset
    from surrogate.datasets.verification import verify as check

    dataset = open_dataset(path.expanduser().absolute())
    with console.stoppable() as should_stop:

        def ask() -> None:
            if should_stop():
                raise Stopped("stopped; nothing was written")

        certificate, wrong = check(dataset, ask)
    if certificate is not None:
        rows = [
            (
                it.name,
                "none" if it.value is None else f"{it.value:.2e}",
                f"{it.limit:.1e}",
                "yes" if it.passed else "NO",
            )
            for it in certificate.checks
        ]
        console.table("recomputed from the files", ("check", "largest", "limit", "within"), rows)
    if wrong:
        raise InputError(f"{wrong[0]}" + (f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""))
    console.out.print(f"{places.short(path.absolute())}: every part is what the manifest says", markup=False)
    if certificate is not None:
        console.out.print(f"certificate {certificate.line()}", markup=False)
    else:
        console.note("no recipe of ours made these labels: nothing could be solved again")
