"""surrogate predict: arrays in, arrays out, in physical units."""

from __future__ import annotations

import typer

from surrogate.cli import console, memory
from surrogate.cli.options import Show, Words

EXAMPLES = ("surrogate predict run=runs/rough-mgno input=a.npy out=u.npy",)


@console.guarded
def predict(words: Words = None, show: Show = False) -> None:
    from surrogate.config.compose import compose_tree
    from surrogate.config.words import prepared

    tree = compose_tree("predict", prepared(words or []))
    if show:
        console.yaml(tree)
        raise typer.Exit
    memory.keep_big_blocks()
    from surrogate.config.commands import PredictConfig
    from surrogate.config.read import read
    from surrogate.evaluation.predict import predict as map_file

    config = read(PredictConfig, tree)
    summary = map_file(config)
    console.figures(str(config.out), summary.figures())
    for warning in summary.warnings:
        console.note(f"warning: {warning}")
