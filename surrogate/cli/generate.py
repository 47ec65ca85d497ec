"""surrogate generate: a recipe becomes a data set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from surrogate.cli import console, places
from surrogate.cli.options import ConfigDir, DryRun, Show, Words
from surrogate.errors import UsageError

if TYPE_CHECKING:
    from surrogate.datasets.generation_settings import GenerateConfig

EXAMPLES = (
    "surrogate generate recipe=darcy_rough grid=64 workers=2 out=data/rough64",
    "surrogate generate recipe=darcy_piecewise count.train=200 seed=1",
    "surrogate generate recipe=burgers equation.viscosity=0.01",
    "surrogate generate recipe=navier_stokes --dry-run",
    "surrogate generate recipe=navier_stokes device=cuda part_size=100",
    "surrogate generate recipe=burgers cluster=slurm cluster.jobs=40 out=data/b",
)

Detach = Annotated[
    bool, typer.Option("--detach", help="Submit the jobs of cluster=... and stop; the same command finishes later.")
]


@console.guarded
def generate(
    words: Words = None,
    dry_run: DryRun = False,
    detach: Detach = False,
    show: Show = False,
    config_dir: ConfigDir = None,
) -> None:
    from surrogate.config.compose import compose_tree
    from surrogate.config.words import prepared

    tree = compose_tree("generate", prepared(words or [], "generate"), config_dir)
    if show:
        console.yaml(tree)
        raise typer.Exit
    run_stage(tree, dry_run, detach)


def run_stage(tree: dict[str, Any], dry_run: bool = False, detach: bool = False) -> None:
    """Generate what a composed tree describes, with progress and closing figures."""
    config = typed(tree)
    from surrogate.datasets.generation import generate as generate_parts

    if dry_run:
        _say_what_it_takes(config)
        return
    if detach:
        _submit(config)
        return
    total = config.count.train + config.count.valid + config.count.test
    if config.pilot and config.certificate.samples and not config.out.exists():
        console.note("solving one sample as the certificate will, before the others are made")
    with console.stoppable() as should_stop, console.progress(f"generate {config.name}", total) as advance:
        there: int | None = None
        for step in generate_parts(config, should_stop):
            # What an earlier call left took no time of this one.
            there = step.done if there is None else there
            rate = (step.done - there) / step.seconds if step.seconds > 0 else 0.0
            advance(step.done, f"{rate:.3g} samples/s" if rate else "")
            if step.done == total and config.certificate.samples:
                console.note(f"solving {config.certificate.samples} samples again, for the certificate")
    _close(config.out)


def typed(tree: dict[str, Any], within: str = "") -> GenerateConfig:
    """Return the typed settings of a composed tree, with a dated folder where none was given."""
    from surrogate.config.read import read
    from surrogate.datasets.generation_settings import GenerateConfig

    config = read(GenerateConfig, tree | {"out": tree["out"] or "data"}, within)
    if tree["out"]:
        return config
    grid = "x".join(str(points) for points in dict.fromkeys(config.grid))
    return config.model_copy(update={"out": Path(places.dated("data", f"{config.name}-{grid}"))})


def _say_what_it_takes(config: GenerateConfig) -> None:
    from surrogate.datasets.samples import plan_summary

    plan = plan_summary(config)
    facts = {
        "samples": f"{plan.samples}",
        "size": console.size(plan.bytes),
        "time": f"about {console.duration(plan.seconds)} with {plan.workers} worker{'s' * (plan.workers > 1)}, "
        f"{plan.seconds * plan.workers / plan.samples:.2g} s a sample (measured on a pilot)",
    }
    console.figures(f"{config.name}: what it would take", facts)


def _submit(config: GenerateConfig) -> None:
    from surrogate.datasets.generation import submit

    if config.cluster.kind == "none":
        raise UsageError("--detach: there are no jobs without a cluster; add cluster=slurm or cluster=local")
    names = submit(config)
    if names:
        console.figures(places.short(config.out), {"jobs": ", ".join(names)})
        console.note(
            f"they go on by themselves; the same command with out={places.short(config.out)} waits and finishes"
        )
    else:
        console.note("no part is missing; the same command without --detach finishes the data set")


def _close(folder: Path) -> None:
    from surrogate.cli.cards import dataset_card
    from surrogate.datasets.dataset import describe, open_dataset

    dataset = open_dataset(folder)
    console.figures(places.shown(folder), dataset_card(describe(dataset)))
    if dataset.certificate.status == "failed":
        console.fail(f"{folder}: its certificate failed, and train refuses it unless allow_uncertified=true is said")
        raise typer.Exit(1)
    accepted = [] if dataset.certificate.refusal(dataset.spec.task) is None else ["allow_uncertified=true"]
    console.next_step("train", f"data={places.short(folder)}", "model=mgno", *accepted)
