"""surrogate precondition: learn a multigrid preconditioner from coefficients, without labels."""

from __future__ import annotations

import typer

from surrogate.cli import console, memory, paths, places
from surrogate.cli.options import Show, Words

EXAMPLES = (
    "surrogate precondition data/rough64 out=runs/rough-precond",
    "surrogate precondition data/rough64 out=runs/p steps=200 width=8",
)


@console.guarded
def precondition(words: Words = None, show: Show = False) -> None:
    from surrogate.config.compose import compose_tree
    from surrogate.config.words import prepared

    tree = compose_tree("precondition", prepared(words or [], "precondition"))
    if show:
        console.yaml(tree)
        raise typer.Exit
    paths.look(tree)
    memory.keep_big_blocks()
    from surrogate.config.read import read
    from surrogate.solve.solve_settings import PreconditionConfig

    config = read(PreconditionConfig, tree)
    from surrogate.solve.precondition import precondition as learn

    with console.progress("precondition", config.steps) as show_progress:
        record = learn(config, lambda now: show_progress(now.step, f"left over {now.loss:.4f}"))
    console.figures(places.shown(config.out), record.figures())
    console.next_step("solve", places.noun(config.data), f"preconditioner={places.short(config.out)}")
