"""surrogate generate: a recipe becomes a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from surrogate.cli import console, places
from surrogate.cli.options import ConfigDir, DryRun, Show, Words

EXAMPLES = (
    "surrogate generate recipe=darcy_rough grid=64 workers=2 out=data/rough64",
    "surrogate generate recipe=darcy_piecewise count.train=200 seed=1",
    "surrogate generate recipe=burgers equation.viscosity=0.01",
    "surrogate generate recipe=navier_stokes --dry-run",
)


@console.guarded
def generate(words: Words = None, dry_run: DryRun = False, show: Show = False, config_dir: ConfigDir = None) -> None:
    from surrogate.config.compose import compose_tree
    from surrogate.config.words import prepared

    tree = compose_tree("generate", prepared(words or []), config_dir)
    if show:
        console.yaml(tree)
        raise typer.Exit
    run_stage(tree, dry_run)


def run_stage(tree: dict[str, Any], dry_run: bool = False) -> None:
    """Generate what a composed tree describes, with progress and closing figures."""
    from surrogate.config.read import read
    from surrogate.config.schema import GenerateConfig

    grid = tree["grid"] if isinstance(tree["grid"], int) else "x".join(str(n) for n in tree["grid"])
    tree = tree | {"out": tree["out"] or places.dated("data", f"{tree['name']}-{grid}")}
    config = read(GenerateConfig, tree)
    from surrogate.datasets.generation import generate as generate_parts
    from surrogate.datasets.samples import plan_summary

    if dry_run:
        plan = plan_summary(config)
        facts = {
            "samples": f"{plan.samples}",
            "size": console.size(plan.bytes),
            "seconds": f"about {plan.seconds:.0f} with {config.workers} worker(s), from a pilot sample",
        }
        console.figures(f"{config.name}: what it would take", facts)
        return
    total = config.count.train + config.count.valid + config.count.test
    with console.stoppable() as should_stop, console.progress(f"generate {config.name}", total) as advance:
        there: int | None = None
        for step in generate_parts(config, should_stop):
            # What an earlier call left took no time of this one.
            there = step.done if there is None else there
            rate = (step.done - there) / step.seconds if step.seconds > 0 else 0.0
            advance(step.done, f"{rate:.1f} samples/s")
    _close(config.out)


def _close(folder: Path) -> None:
    from surrogate.cli.cards import dataset_card
    from surrogate.datasets.dataset import describe, open_dataset

    console.figures(places.short(folder), dataset_card(describe(open_dataset(folder))))
    console.next_step(f"surrogate train data={places.short(folder)} model=mgno")
