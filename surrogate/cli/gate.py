"""surrogate gate: did a surrogate get worse? Check against a baseline, or make a new one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surrogate.cli import console, help, memory, paths, places
from surrogate.cli.options import AsJson, Show, Words
from surrogate.interface import readable

if TYPE_CHECKING:
    from surrogate.evaluation.gate.gate_settings import GateConfig
    from surrogate.evaluation.gate.verdict import Checked

CHECK_EXAMPLES = (
    "surrogate gate check runs/rough-mgno baseline=gate.json",
    "surrogate gate check runs/seeds baseline=gate.json out=report",
    "surrogate gate check 'runs=[runs/a,runs/b]' baseline=gate.json margin=0.05",
    "surrogate gate check u.npz data=data/rough64 baseline=gate.json",
)
UPDATE_EXAMPLES = ('surrogate gate update runs/seeds baseline=gate.json --reason "more data"',)


app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="rich", help="Did it get worse? Check against a baseline, or make a new one."
)


@app.command(help=help.text("Hold runs against a baseline; exit 1 where they are worse.", CHECK_EXAMPLES, "gate"))
@console.guarded
def check(words: Words = None, as_json: AsJson = False, show: Show = False) -> None:
    config = _settings(words, show)
    memory.keep_big_blocks()
    from surrogate.evaluation.gate import gate_files
    from surrogate.evaluation.gate.verdict import check as held
    from surrogate.evaluation.report.gate_table import headline

    folder = None if config.out is None else gate_files.claimed(config, config.out)
    checked = held(config)
    if folder is not None:
        gate_files.write(checked, folder, config.overwrite)
    if as_json:
        console.out.print_json(json.dumps(checked.to_dict()))
    else:
        _print(checked)
        colour = "bold green" if checked.passed else "bold red"
        console.out.print(headline(checked), style=colour, markup=False)
        if config.out is not None:
            console.out.print(f"report: {places.shown(config.out / 'gate.md')}", markup=False)
    if not checked.passed:
        raise typer.Exit(1)


@app.command(help=help.text("Make what runs are now the baseline; its history is kept.", UPDATE_EXAMPLES, "gate"))
@console.guarded
def update(
    words: Words = None,
    reason: Annotated[str, typer.Option("--reason", help="Why the baseline changes; kept in it.")] = "",
    show: Show = False,
) -> None:
    config = _settings(words, show)
    memory.keep_big_blocks()
    from surrogate.evaluation.gate.baseline import frozen_folder
    from surrogate.evaluation.gate.update import update as renew
    from surrogate.evaluation.gate.verdict import geometric_mean
    from surrogate.registry import metric_label

    baseline = renew(config, reason)
    state, folder = baseline.current, frozen_folder(config.baseline)
    columns = ("", "mean over seeds", "spread")
    rows = [
        (
            metric_label(name),
            f"{geometric_mean(values):.4g}",
            f"{100 * state.spread[name]:.2g} %" if name in state.spread else "",
        )
        for name, values in state.errors.items()
    ]
    console.table(f"{state.model} on {state.data.name}, {len(state.seeds)} seeds", columns, rows)
    size = readable.size(sum(file.stat().st_size for file in folder.iterdir()))
    console.out.print(f"frozen run: {places.short(folder)} ({size}); keep it beside the baseline", markup=False)
    console.out.print(
        f"baseline: {places.short(config.baseline)}, with {len(baseline.history)} former states", markup=False
    )
    if len(state.seeds) < 2:
        console.note("One seed says nothing of the spread between seeds: a check of few seeds will be inconclusive.")
    several = ",".join(places.short(run) for run in config.runs or ())
    runs = f"runs=[{several}]" if config.run is None else places.noun(config.run)
    console.next_step("gate", "check", runs, f"baseline={places.short(config.baseline)}")


def _print(checked: Checked) -> None:
    """Print a table for each layer, and below it what a reader needs beside the figures."""
    from surrogate.evaluation.report.gate_table import COLUMNS, cells
    from surrogate.registry import metric_label

    console.out.print(checked.title, markup=False)
    for layer in dict.fromkeys(row.layer for row in checked.rows):
        rows = [row for row in checked.rows if row.layer == layer]
        console.out.print()
        console.table(layer, COLUMNS, [cells(row) for row in rows])
        for row in rows:
            if row.remark:
                console.out.print(f"  {metric_label(row.name)}: {row.remark}", style="dim", markup=False)
    console.out.print()
    for note in checked.notes:
        console.note(note)


def _settings(words: list[str] | None, show: bool) -> GateConfig:
    from surrogate.config.compose import compose_tree
    from surrogate.config.words import prepared

    tree = compose_tree("gate", prepared(words or [], "gate"))
    if show:
        console.yaml(tree)
        raise typer.Exit
    # A folder of runs stands for all of them.
    run = None if tree["run"] is None else Path(tree["run"])
    several = run is not None and run.is_dir() and any(run.glob("*/run.json"))
    for path in tree["runs"] or ([] if several or run is None else [str(run)]):
        paths.predictor(Path(path))
    paths.look(tree, "run", "runs")
    from surrogate.config.read import read
    from surrogate.evaluation.gate.gate_settings import GateConfig

    return read(GateConfig, tree)
