"""surrogate compare: which of several runs, or other predictors, is better, by how much, and whether by chance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surrogate.cli import completion, console, memory, paths, places
from surrogate.cli.options import AsJson, Show
from surrogate.errors import UsageError
from surrogate.kinds import SOLVER

if TYPE_CHECKING:
    from surrogate.evaluation.compare.comparison_settings import CompareConfig

EXAMPLES = (
    "surrogate compare runs/mgno runs/fno",
    "surrogate compare runs/mgno u.npy data=data/rough64",
    "surrogate compare runs/mgno solver solver.coarser=2",
    "surrogate compare runs/mgno solver input=a.npy",
    "surrogate compare runs/seed-* data=data/other split=valid out=compare/seeds",
)

RunsAndWords = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="RUN... KEY=VALUE",
        help="Runs, exported files, predictions, and settings.",
        show_default=False,
        autocompletion=completion.words,
    ),
]


@console.guarded
def compare(words: RunsAndWords = None, as_json: AsJson = False, show: Show = False) -> None:
    from surrogate.config.compose import compose_tree
    from surrogate.config.nouns import parted
    from surrogate.config.words import absolute, prepared

    folders, settings = parted(words or [], "compare")
    tree = compose_tree("compare", prepared(settings, "compare"))
    tree["runs"] = [*tree["runs"], *(each if each == SOLVER else absolute(each) for each in folders)]
    if show:
        console.yaml(tree)
        raise typer.Exit
    if len(tree["runs"]) < (2 if tree["input"] is None else 1):
        runs = "no runs" if not tree["runs"] else "1 run"
        raise UsageError(f"{runs} to compare; expected two or more: surrogate compare runs/a runs/b")
    for path in tree["runs"]:
        if path != SOLVER:
            paths.predictor(Path(path))
    paths.look(tree, "runs", "input")
    memory.keep_big_blocks()
    from surrogate.config.read import read
    from surrogate.evaluation.compare.comparison_settings import CompareConfig

    config = read(CompareConfig, tree)
    if config.input is not None:
        _against_solver(config, as_json)
        return
    from surrogate.evaluation.report.comparison_page import difference_table, metric_table, title
    from surrogate.interface.compared_runs import compared

    together = compared(config)
    comparison = together.comparison
    if as_json:
        console.out.print_json(together.figures.read_text(encoding="utf-8"))
        return
    metrics = metric_table(comparison)
    console.table(title(comparison), metrics.columns, metrics.rows)
    apart = difference_table(comparison, ("relative_l2", "rollout_relative_l2"))
    console.table("Paired differences", apart.columns, apart.rows)
    for remark in comparison.notes:
        console.note(remark)
    console.out.print(together.headline, markup=False)
    console.out.print(f"report: {places.shown(together.page)}", markup=False)


def _against_solver(config: CompareConfig, as_json: bool) -> None:
    """Hold the predictors against the solver on inputs of the user's own."""
    from surrogate.evaluation.report.own_inputs_page import error_table, title
    from surrogate.interface.compared_runs import against_solver

    together = against_solver(config, console)
    if as_json:
        console.out.print_json(together.figures.read_text(encoding="utf-8"))
        return
    errors = error_table(together.own)
    console.table(title(together.own), errors.columns, errors.rows)
    for remark in together.own.comparison.notes:
        console.note(remark)
    console.out.print(together.headline, markup=False)
    console.out.print(f"report: {places.shown(together.page)}", markup=False)
