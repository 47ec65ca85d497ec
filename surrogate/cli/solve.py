"""surrogate solve: fields that meet a tolerance, sooner with a surrogate, or an error."""

from __future__ import annotations

import typer

from surrogate.cli import console, memory, paths, places
from surrogate.cli.options import AsJson, Show, Words
from surrogate.outputs import STDOUT

EXAMPLES = (
    "surrogate solve runs/rough-mgno input=a.npy out=u.npy tolerance=1e-8",
    "surrogate solve runs/rough-mgno preconditioner=runs/rough-precond",
    "surrogate solve data/rough64 samples=20 method=cg",
)


@console.guarded
def solve(words: Words = None, as_json: AsJson = False, show: Show = False) -> None:
    from surrogate.config.compose import compose_tree
    from surrogate.config.words import prepared

    tree = compose_tree("solve", prepared(words or [], "solve"))
    if show:
        console.yaml(tree)
        raise typer.Exit
    paths.look(tree)
    memory.keep_big_blocks()
    from surrogate.config.read import read
    from surrogate.solve.solve_settings import SolveConfig

    config = read(SolveConfig, tree)
    if config.out == STDOUT:
        console.make_way()
    from surrogate.solve.solve import solve as certified_solve

    report = certified_solve(config)
    if as_json:
        console.out.print_json(data=report.as_json())
        return
    console.table(report.title(), report.COLUMNS, report.cells())
    if report.discretisation is not None:
        console.out.print(report.discretisation.line(), markup=False)
    if config.out is not None:
        console.out.print(f"fields: {places.shown(config.out)} {report.shape}, float64", markup=False)
