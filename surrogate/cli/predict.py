"""surrogate predict: arrays in, arrays out, in physical units."""

from __future__ import annotations

import typer

from surrogate.cli import console, memory, paths, places
from surrogate.cli.options import Show, Words
from surrogate.outputs import STDOUT

EXAMPLES = (
    "surrogate predict runs/rough-mgno input=a.npy out=u.npy",
    "surrogate predict runs/rough-mgno input=thesis.mat axes=n,x,y out=u.npy",
    "surrogate predict runs/rough-mgno input=a.npy out=- | python plot.py",
    "surrogate predict runs/rough-mgno input=a.npy out=u.npy on_outside=solve",
)


@console.guarded
def predict(words: Words = None, show: Show = False) -> None:
    from surrogate.config.compose import compose_tree
    from surrogate.config.words import prepared

    tree = compose_tree("predict", prepared(words or [], "predict"))
    if show:
        console.yaml(tree)
        raise typer.Exit
    paths.look(tree)
    memory.keep_big_blocks()
    from surrogate.config.read import read
    from surrogate.evaluation.prediction_settings import PredictConfig

    config = read(PredictConfig, tree)
    if config.out == STDOUT:
        console.make_way()
    from surrogate.evaluation.predict import predict as map_file
    from surrogate.interface.predicted_fields import solver

    summary = map_file(config, solver(config.tolerance))
    console.figures(places.shown(config.out), summary.figures())
    for warning in summary.warnings:
        console.note(f"warning: {warning}")
