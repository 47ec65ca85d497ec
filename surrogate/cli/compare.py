"""surrogate compare: which of several runs, or other predictors, is better, by how much, and whether by chance."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from surrogate.cli import completion, console, memory, paths, places
from surrogate.cli.options import AsJson, Show
from surrogate.errors import UsageError
from surrogate.kinds import SOLVER

EXAMPLES = (
    "surrogate compare runs/mgno runs/fno",
    "surrogate compare runs/mgno u.npy data=data/rough64",
    "surrogate compare runs/mgno solver solver.coarser=2",
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
    if len(tree["runs"]) < 2:
        runs = "no runs" if not tree["runs"] else "1 run"
        raise UsageError(f"{runs} to compare; expected two or more: surrogate compare runs/a runs/b")
    for path in tree["runs"]:
        if path != SOLVER:
            paths.predictor(Path(path))
    paths.look(tree, "runs")
    memory.keep_big_blocks()
    from surrogate.config.read import read
    from surrogate.evaluation.compare.comparison_settings import CompareConfig

    config = read(CompareConfig, tree)
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
