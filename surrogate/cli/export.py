"""surrogate export: a run as a file that runs without us."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from surrogate.cli import console, memory, paths, places
from surrogate.cli.options import Show, Words
from surrogate.errors import SettingsError, nearest
from surrogate.interface.readable import size
from surrogate.outputs import STDOUT

EXAMPLES = (
    "surrogate export run=runs/rough-mgno format=onnx out=rough.onnx",
    "surrogate export run=runs/rough-mgno format=aoti",
    "surrogate export run=runs/flow-fno format=onnx dynamic_grid=true steps=10",
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
    from surrogate.registry import EXPORTERS

    config = read(ExportConfig, tree)
    if config.format not in EXPORTERS:
        hint = nearest(config.format, EXPORTERS.names())
        raise SettingsError(f"format: there is no export format '{config.format}'{hint}")
    from surrogate.predictors.exported.artefact_card import Form
    from surrogate.predictors.runs import load_run
    from surrogate.reading import sha256

    exporter = EXPORTERS.module(config.format)
    run = load_run(config.run)
    if run.unverified:
        console.note(f"warning: {run.unverified}")
    form = Form(config.steps, config.dynamic_grid)
    if config.out == STDOUT:
        console.make_way()
    path = config.out or config.run / f"{Path(config.run).name}{form.suffix}{exporter.SUFFIX}"
    error = exporter.export(run, path, config.tolerance, form, config.overwrite)
    grid = "any grid that fits" if form.dynamic_grid else f"{form.steps} steps" if form.steps > 1 else "one grid"
    console.figures(
        places.shown(path),
        {
            **({} if path == STDOUT else {"size": size(path.stat().st_size)}),
            "largest difference to eager": f"{error:.1e} (relative L2 of a sample, batches 1 and 7)",
            "tensors": f"input, output: physical units, any batch size, {grid}",
            **({} if path == STDOUT else {"sha256": sha256(path)}),
        },
    )
    data = run.record.settings.data
    if data.is_dir():
        # A program is run only where its hash is named.
        trust = [f"trust=sha256:{sha256(path)}"] if path.suffix == ".pt2" else []
        console.next_step("eval", f"artefact={places.short(path)}", f"data={places.short(data)}", *trust)
