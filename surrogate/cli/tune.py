"""surrogate tune: settings searched for the smallest error on validation samples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from surrogate.cli import console, memory, paths, places
from surrogate.cli.options import ConfigDir, DryRun, Show, Words
from surrogate.errors import Stopped, UsageError
from surrogate.kinds import STUDY, expect

if TYPE_CHECKING:
    from surrogate.tuning.trial import StudyResult
    from surrogate.tuning.tuning_settings import TuneConfig

_FAILURES = 8  # lines that say why trials failed

EXAMPLES = (
    "surrogate tune data/rough64 model=mgno trials=20",
    "surrogate tune data/rough64 model=fno model.n_layers=3,4,5 seed=1",
    "surrogate tune data/rough64 'optimizer.lr=tag(log,interval(1e-3,2e-2))'",
    "surrogate tune data/rough64 model=mgno,fno,unet pruner=hyperband",
    "surrogate tune data/rough64 model=mgno --dry-run",
    "surrogate tune resume=runs/tune-rough64-mgno trials=40",
)


@console.guarded
def tune(words: Words = None, dry_run: DryRun = False, show: Show = False, config_dir: ConfigDir = None) -> None:
    from surrogate.config.nouns import spoken
    from surrogate.config.words import absolute, given, prepared

    words = spoken(words or [], "tune")
    resume = given(words, "resume")
    if resume is not None and (show or config_dir is not None):
        raise UsageError("resume=STUDY: goes on with the search as it is; takes no --show, --config-dir")
    if resume is not None:
        expect(Path(absolute(resume)), STUDY)
        from surrogate.interface.search_settings import resumed_words

        ready, config_dir = resumed_words(Path(absolute(resume)), words)
    else:
        ready = prepared(words, "tune")
    config = _settings(ready, config_dir)
    if show:
        shown = config.model_dump(mode="json", exclude={"words", "config_dir"})
        console.yaml(shown)
        raise typer.Exit
    _announce(config)
    if dry_run:
        _estimate(config)
        raise typer.Exit
    run_search(config)


def searched(words: Sequence[str], config_dir: Path | None) -> None:
    """Run the search of words that are prepared, as ``train -m hydra/sweeper=optuna`` asks for it."""
    config = _settings(words, config_dir)
    _announce(config)
    run_search(config)


def _settings(words: Sequence[str], config_dir: Path | None) -> TuneConfig:
    from surrogate.config.words import absolute, given

    data = given(words, "data")
    paths.look({"data": absolute(data)} if data else {})
    memory.keep_big_blocks()
    from surrogate.interface.search_settings import tune_settings

    return tune_settings(words, config_dir)


def run_search(config: TuneConfig) -> None:
    """Run a search, with progress, a table and the best."""
    from surrogate.interface.tuned_runs import tuned

    try:
        known = tuned(config, console, places.mark_latest)
    except Stopped:
        console.next_step("tune", f"resume={places.short(config.out)}")
        raise
    console.table(places.shown(config.out), known.columns(), known.rows())
    for line in known.failures()[:_FAILURES]:
        console.note(line)
    _tell(known)
    if known.best is None:
        raise typer.Exit(1)


def _announce(config: TuneConfig) -> None:
    from surrogate.registry import metric_label

    how = f"{config.trials} trials, {config.method}, pruner {config.pruner.name}, seed {config.seed}"
    title = f"searched for the smallest valid {metric_label(config.metric)} ({how})"
    console.table(title, ("setting", "values"), [(key, one.text()) for key, one in config.search.items()])


def _tell(known: StudyResult) -> None:
    from surrogate.tuning.search_page import NAME

    best, folder = known.best, known.folder
    if best is None:
        console.note(f"no trial is finished: {known.counted()}")
        return
    console.figures("best", {key: text for key, text in known.figures().items() if key in ("trials", "best")})
    console.note(known.caution())
    console.out.print(f"report: {places.short(folder / NAME)}", markup=False)
    console.next_step("eval", f"run={places.short(folder / best.name)}")


def _estimate(config: TuneConfig) -> None:
    """Say what the costliest and the cheapest end of what is searched would take, one training each."""
    from surrogate.interface.search_settings import trial_settings
    from surrogate.training.estimate import estimate

    for end in (0, -1):
        values = {key: one.ends()[end] for key, one in config.search.items()}
        title = f"one training with {', '.join(f'{key}={value}' for key, value in values.items())}"
        console.figures(title, estimate(trial_settings(config, values, config.out)))
