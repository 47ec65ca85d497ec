"""surrogate eval: how good a predictor is, on its own data or on other data."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING, Any

import typer

from surrogate.cli import console, memory, paths, places
from surrogate.cli.options import AsJson, Show, Words

if TYPE_CHECKING:
    from surrogate.evaluation.evaluation_settings import EvalConfig
    from surrogate.evaluation.report.sections import Section

EXAMPLES = (
    "surrogate eval runs/rough-mgno",
    "surrogate eval runs/rough-mgno data=data/other out=eval/other",
    "surrogate eval 'runs=[runs/seed0,runs/seed1,runs/seed2]'",
    "surrogate eval runs/rough-mgno suite=generalisation",
    "surrogate eval 'ensemble=[runs/seed0,runs/seed1]' suite=uncertainty",
    "surrogate eval rough.onnx data=data/rough64",
    "surrogate eval u.npy data=data/rough64",
    "surrogate eval solver data=data/rough64 solver.coarser=2",
)


@console.guarded
def evaluate(words: Words = None, as_json: AsJson = False, show: Show = False) -> None:
    from surrogate.config.compose import compose_tree
    from surrogate.config.words import prepared

    tree = compose_tree("eval", prepared(words or [], "eval"))
    if show:
        console.yaml(tree)
        raise typer.Exit
    paths.look(tree)
    run_stage(tree, as_json)


def run_stage(tree: dict[str, Any], as_json: bool = False) -> None:
    """Evaluate what a composed tree describes; print the table and where the report lies."""
    memory.keep_big_blocks()
    from surrogate.config.read import read
    from surrogate.evaluation.evaluation_settings import EvalConfig

    config = read(EvalConfig, tree)
    from surrogate.evaluation.report.errors_section import metric_table, seconds_text, title
    from surrogate.interface.evaluated_runs import evaluated

    if config.runs:
        _several(config, as_json)
        return
    result = evaluated(config)
    evaluation, report = result.evaluation, result.page
    if as_json:
        console.out.print_json((evaluation.folder / "metrics.json").read_text(encoding="utf-8"))
        return
    table = metric_table(evaluation)
    console.table(title(evaluation), ("", *table.columns[1:]), table.rows)
    if config.metrics == "all":
        others = metric_table(evaluation, benchmarks=True)
        console.table("Metrics of published benchmarks", ("", *others.columns[1:]), others.rows)
    if seconds := seconds_text(evaluation):
        console.out.print(f"a prediction takes {seconds}", markup=False)
    for remark in (*evaluation.notes, *(f"No {name}: {why}." for name, why in evaluation.absent.items())):
        console.note(remark)
    if result.suite is not None:
        _say(result.suite.section())
    console.out.print(f"report: {places.shown((config.out or report.parent) / report.name)}", markup=False)
    if config.run is not None:
        # What writes and checks ONNX is an extra; torch is there.
        known = all(importlib.util.find_spec(name) for name in ("onnx", "onnxscript", "onnxruntime"))
        console.next_step("export", places.noun(config.run), f"format={'onnx' if known else 'torch'}")


def _several(config: EvalConfig, as_json: bool) -> None:
    """Evaluate runs that differ in their seed; print the table over them."""
    from surrogate.interface.evaluated_runs import evaluated_seeds

    results, study = evaluated_seeds(config)
    if as_json:
        console.out.print_json(json.dumps(study.to_dict()))
        return
    section = study.section()
    _say(section)
    console.note(section.tables[0].about)
    for one in results:
        console.out.print(f"report: {places.short(one.page)}", markup=False)


def _say(section: Section) -> None:
    for table in section.tables:
        console.table(table.title, table.columns, table.rows)
    console.out.print(section.sentence, markup=False)
    for remark in section.notes:
        console.note(remark)
