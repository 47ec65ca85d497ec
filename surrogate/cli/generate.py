"""surrogate generate: a recipe becomes a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from surrogate.cli import console, places
from surrogate.cli.options import ConfigDir, DryRun, Show, Words
from surrogate.errors import UsageError
from surrogate.interface.readable import duration, size

if TYPE_CHECKING:
    from surrogate.datasets.dataset import Dataset
    from surrogate.datasets.generation_settings import GenerateConfig

EXAMPLES = (
    "surrogate generate darcy_rough grid=64 workers=2 out=data/rough64",
    "surrogate generate darcy_piecewise count.train=200 seed=1",
    "surrogate generate burgers equation.viscosity=0.01",
    "surrogate generate darcy_rough inputs=a.npy out=data/own",
    "surrogate generate navier_stokes --dry-run",
    "surrogate generate navier_stokes device=cuda part_size=100",
    "surrogate generate burgers cluster=slurm cluster.jobs=40 out=data/b",
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
    from surrogate.interface.typed_settings import generate_settings

    config = generate_settings(tree)
    if dry_run:
        _say_what_it_takes(config)
    elif detach:
        _submit(config)
    else:
        from surrogate.interface.generated_data import generated

        _close(generated(config, console))


def _say_what_it_takes(config: GenerateConfig) -> None:
    from surrogate.datasets.samples import plan_summary

    plan = plan_summary(config)
    facts = {
        "samples": f"{plan.samples}",
        "size": size(plan.bytes),
        "time": f"about {duration(plan.seconds)} with {plan.workers} worker{'s' * (plan.workers > 1)}, "
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


def _close(dataset: Dataset) -> None:
    from surrogate.datasets.dataset import describe
    from surrogate.interface.card_lines import dataset_card

    folder = dataset.path
    console.figures(places.shown(folder), dataset_card(describe(dataset)))
    if dataset.certificate.status == "failed":
        console.fail(f"{folder}: its certificate failed, and train refuses it unless allow_uncertified=true is said")
        raise typer.Exit(1)
    if not dataset.counts["train"]:
        console.next_step("info", places.short(folder))
        return
    accepted = [] if dataset.certificate.refusal(dataset.spec.task) is None else ["allow_uncertified=true"]
    console.next_step("train", places.noun(folder), "model=mgno", *accepted)
