"""surrogate train: a data set becomes a surrogate, or one for each point of a sweep."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from surrogate.cli import console, memory, paths, places, recognised, streams
from surrogate.cli import tune as tuning
from surrogate.cli.options import ConfigDir, DryRun, Multirun, Show, Words
from surrogate.errors import Stopped, SurrogateError, UsageError
from surrogate.interface.default_places import dated
from surrogate.kinds import RUN, expect

if TYPE_CHECKING:
    from surrogate.interface.swept_runs import Swept
    from surrogate.spaces import Split
    from surrogate.training.history import Epoch
    from surrogate.training.training_settings import TrainConfig

EXAMPLES = (
    "surrogate train data/rough64 model=mgno out=runs/rough-mgno",
    "surrogate train thesis.mat inputs=a outputs=u boundary=dirichlet model=fno",
    "surrogate train data/rough64 trainer.epochs=20 optimizer.lr=2e-3",
    "surrogate train data/rough64 'model.n_modes=[12,12]' --dry-run",
    "surrogate train data/rough64 -m model=fno,mgno seed=0,1",
    "surrogate train data/rough64 physics=residual physics.labels=100",
    "surrogate train data/rough64 trainer.profile=true out=runs/profile",
    "torchrun --nproc-per-node 2 -m surrogate train data/rough64 out=runs/r",
    "surrogate train resume=runs/rough-mgno",
    "surrogate train resume=runs/rough-mgno trainer.epochs=200",
    "surrogate train init=runs/rough-mgno data=data/other64 optimizer.lr=2e-4",
    "surrogate train init=runs/rough-mgno data=data/other64 'freeze=[layers.0]'",
)


@console.guarded
def train(
    words: Words = None,
    multirun: Multirun = False,
    dry_run: DryRun = False,
    show: Show = False,
    config_dir: ConfigDir = None,
) -> None:
    from surrogate.config.compose import compose_tree
    from surrogate.config.nouns import spoken
    from surrogate.config.words import absolute, given, prepared

    words = spoken(words or [], "train")
    resume = given(words, "resume")
    if resume is not None:
        if multirun or dry_run or show or config_dir is not None:
            raise UsageError("resume=RUN: goes on with the run as it is; takes no -m, --dry-run, --show, --config-dir")
        expect(Path(absolute(resume)), RUN)
        memory.keep_big_blocks()
        from surrogate.interface.resumed_settings import resumed

        config, lines = resumed(Path(absolute(resume)), prepared(words, "train"))
        for line in lines:
            console.note(line)
        run_stage(config)
        return
    if not show:
        words = recognised.with_data(words)
    ready = paths.begun_with(prepared(words, "train"))
    if multirun:
        if dry_run or show:
            raise UsageError("-m: --show and --dry-run speak of one training; leave -m out and name one point")
        if "WORLD_SIZE" in os.environ:
            raise UsageError("-m: a sweep trains run after run, in one process; start it without torchrun")
        from surrogate.config.search_words import from_sweeper

        if (search := from_sweeper(ready)) is not None:
            tuning.searched(search, config_dir)
            return
        _sweep(ready, config_dir)
        return
    tree = compose_tree("train", ready, config_dir)
    if show:
        console.yaml(tree)
        raise typer.Exit
    paths.look(tree)
    memory.keep_big_blocks()
    from surrogate.interface.typed_settings import train_settings

    config = train_settings(tree)
    if dry_run:
        from surrogate.training.estimate import estimate

        console.figures("what it would take", estimate(config))
        return
    run_stage(config)


def run_stage(config: TrainConfig) -> None:
    """Train, with progress and closing figures; or profile, and leave."""
    if config.trainer.profile:
        _profiled(config)
        raise typer.Exit
    from surrogate.datasets.dataset import open_dataset
    from surrogate.interface.trained_runs import trained
    from surrogate.training.parallel import leads

    def mark(epoch: Epoch) -> None:
        if leads():
            places.mark_latest(config.out)

    certificate = open_dataset(config.data).certificate
    record = trained(config, console, mark)
    console.figures(places.shown(config.out), record.figures() | {"data certificate": certificate.line()})
    _then_evaluate(config.out, open_dataset(config.data).counts)


def _then_evaluate(run: Path, counts: Mapping[Split, int]) -> None:
    """Name the command that evaluates a run, on the split that its data set has for it; none where it has none."""
    if split := next((name for name in ("test", "valid") if counts[name]), None):
        console.next_step("eval", places.noun(run), *([] if split == "test" else [f"split={split}"]))


def _profiled(config: TrainConfig) -> None:
    from surrogate.training.opening import PROFILE, TRACE
    from surrogate.training.profile import COLUMNS, profile_steps

    profile = profile_steps(config)
    console.table(f"{profile.steps} steps, {profile.seconds:.3g} s of operations; a step:", COLUMNS, profile.rows)
    console.note(f"written: {places.short(config.out / PROFILE)}, {places.short(config.out / TRACE)}")


def _sweep(words: list[str], config_dir: Path | None) -> None:
    """Validate every point, run them through Hydra's launcher, and end with a table."""
    from surrogate.config.compose import compose_tree, launch, points
    from surrogate.config.words import given, quoted
    from surrogate.interface.typed_settings import train_settings

    plain = [word for word in words if not word.startswith("hydra")]
    if given(plain, "out") in (None, "null"):
        plain = [*plain, f"out={quoted(dated('runs', 'sweep'))}"]
    spread = points(plain)
    names = [point.name or "run" for point in spread]
    configs = []
    for point, name in zip(spread, names, strict=True):
        tree = compose_tree("train", point.words, config_dir)
        paths.look(tree)
        configs.append(train_settings(tree, Path(tree["out"]) / name))
    from surrogate.datasets.dataset import open_dataset
    from surrogate.interface.swept_runs import Swept, refuse_table
    from surrogate.training.opening import placed, placed_sweep

    placed_sweep(configs[0].out.parent, configs[0].overwrite)
    refuse_table(configs[0].out.parent, configs[0].overwrite)
    for config in configs:
        placed(config)
        open_dataset(config.data, config.trainer.samples)
        if config.trainer.profile:
            raise UsageError("trainer.profile=true: profiles one training; leave -m out")
    sweep = configs[0].out.parent

    stopped: list[str] = []

    # Nested, so that it travels to a launcher's worker processes by value.
    def job(tree: dict[str, Any], number: int) -> None:
        if stopped:
            return
        streams.prepare()  # a launcher's worker is a process of its own
        memory.keep_big_blocks()
        console.note(f"[{number + 1}/{len(names)}] {names[number]}")
        try:
            run_stage(train_settings(tree, sweep / names[number]))
        except Stopped as error:
            stopped.append(names[number])
            console.fail(str(error))
        except SurrogateError as error:
            console.fail(f"{names[number]}: {error}")

    launcher = [word for word in words if word.startswith("hydra")]
    launch("train", [*plain, *launcher], job, sweep, config_dir)
    _end(Swept.of(sweep, names, spread), bool(stopped), open_dataset(configs[0].data).counts)


def _end(swept: Swept, stopped: bool, counts: Mapping[Split, int]) -> None:
    """Print and write the table of a sweep, and name the command that goes on with the best of its runs."""
    from surrogate.interface.swept_runs import HEADS

    console.table(places.short(swept.folder), HEADS, swept.rows)
    console.note(f"written: {places.short(swept.write())}")
    if len(swept.finished) > 1:
        caution = (
            "One training each, on the validation samples that it was selected by: a small difference may be chance"
        )
        pair = shlex.join(places.short(run.path) for run in swept.finished[:2])
        console.note(f"{caution}; surrogate compare {pair} says on test samples whether it is.")
    if stopped:
        raise typer.Exit(Stopped.exit_code)
    if len(swept.finished) < len(swept.names):
        raise typer.Exit(1)
    _then_evaluate((swept.best or swept.finished[0]).path, counts)
