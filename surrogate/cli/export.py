"""surrogate export: a run as a file that runs without us."""

from __future__ import annotations

from typing import Any

import typer

from surrogate.cli import console, memory, paths, places
from surrogate.cli.options import Show, Words
from surrogate.outputs import STDOUT

EXAMPLES = (
    "surrogate export runs/rough-mgno format=onnx out=rough.onnx",
    "surrogate export runs/rough-mgno format=aoti",
    "surrogate export runs/flow-fno format=onnx dynamic_grid=true steps=10",
)


@console.guarded
def export(words: Words = None, show: Show = False) -> None:
    from surrogate.config.compose import compose_tree
    from surrogate.config.words import prepared

    tree = compose_tree("export", prepared(words or [], "export"))
    if show:
        console.yaml(tree)
        raise typer.Exit
    paths.look(tree)
    run_stage(tree)


def run_stage(tree: dict[str, Any]) -> None:
    """Export what a composed tree describes, checked against the eager surrogate."""
    memory.keep_big_blocks()
    from surrogate.config.read import read
    from surrogate.exporters._export_settings import ExportConfig

    config = read(ExportConfig, tree)
    if config.out == STDOUT:
        console.make_way()
    from surrogate.interface.exported_files import exported

    file = exported(config, console)
    console.figures(places.shown(file.path), file.figures())
    if file.data.is_dir():
        # A program is run only where its hash is named.
        trust = [f"trust=sha256:{file.sha256}"] if file.path.suffix == ".pt2" else []
        console.next_step("eval", places.noun(file.path), f"data={places.short(file.data)}", *trust)
