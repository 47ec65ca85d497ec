"""surrogate run: generate, train, eval and export in one, as an experiment says."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from surrogate.cli import console, evaluate, export, generate, paths, train
from surrogate.cli.options import ConfigDir, Show, Words
from surrogate.errors import UsageError, shown
from surrogate.interface.default_places import dated

if TYPE_CHECKING:
    from surrogate.datasets.generation_settings import GenerateConfig
    from surrogate.training.training_settings import TrainConfig

EXAMPLES = (
    "surrogate run small_darcy_rough",
    "surrogate run demo trainer.epochs=5 generate.count.train=100",
)


@console.guarded
def run(words: Words = None, show: Show = False, config_dir: ConfigDir = None) -> None:
    if "WORLD_SIZE" in os.environ:
        raise UsageError("surrogate run: runs its stages in one process; under torchrun give 'surrogate train'")
    trees = stages(words or [], config_dir)
    if show:
        console.yaml(trees)
        raise typer.Exit
    from surrogate.config.read import read
    from surrogate.evaluation.evaluation_settings import EvalConfig
    from surrogate.exporters._export_settings import ExportConfig
    from surrogate.interface.typed_settings import generate_settings, train_settings

    # What cannot be is said before the first stage starts.
    config = train_settings(trees["train"])
    data = generate_settings(trees["generate"], "generate.")
    read(EvalConfig, trees["eval"], "eval.")
    read(ExportConfig, trees["export"], "export.")
    _refuse_places(config, data)
    generate.run_stage(trees["generate"])
    train.run_stage(config)
    evaluate.run_stage(trees["eval"])
    export.run_stage(trees["export"])


def _refuse_places(config: TrainConfig, data: GenerateConfig) -> None:
    """Refuse what is in the way of a later stage before the first one starts."""
    from surrogate.datasets.plan import placed as place_of_data
    from surrogate.training.opening import placed as place_of_run

    place_of_data(data.out, overwrite=data.overwrite)
    place_of_run(config)


def stages(words: Sequence[str], config_dir: Path | None) -> dict[str, dict[str, Any]]:
    """Return the composed tree of every stage: `generate.count.train=9` is said to one, other words to the training.

    Raises:
        UsageError: no experiment was named, or a word that nothing answers to.
    """
    from surrogate.config.compose import compose_tree
    from surrogate.config.explain import offered
    from surrogate.config.known import STAGES
    from surrogate.config.nouns import spoken
    from surrogate.config.words import given, once, prepared, split_word

    words = spoken(words, "run")
    own, staged = [], {stage: list[str]() for stage in STAGES}
    for word in once(words):
        stage, dot, key = split_word(word)[0].partition(".")
        if dot and key in STAGES.get(stage, ()):
            raise UsageError(f"{stage}.{key}: 'surrogate run' sets it; data=FOLDER and out=FOLDER say what lies where")
        if dot and stage in staged:
            staged[stage].append(word.removeprefix(f"{stage}."))
        else:
            own.append(word)
    if given(own, "experiment") is None:
        raise UsageError(f"experiment: needed; give experiment=NAME{offered('experiment', config_dir)}")
    top = compose_tree("run", paths.begun_with(prepared(own)), config_dir)
    for stage in STAGES:
        if not isinstance(top.get(stage), dict):
            raise UsageError(f"{stage}: expected settings such as {stage}.KEY=VALUE, got {shown(top.get(stage))}")
    data, out = Path(top["data"]).absolute(), Path(top["out"] or _default_out(own)).absolute()
    top_train = {key: value for key, value in top.items() if key not in STAGES}
    trees = {"train": top_train | {"data": str(data), "out": str(out)}}
    for stage, place in (("generate", f"out={data}"), ("eval", f"run={out}"), ("export", f"run={out}")):
        # What the experiment says of a stage gives way to what the user says of it.
        overwrite = f"overwrite={str(top['overwrite']).lower()}"
        overrides = {split_word(word)[0].lstrip("+"): word for word in (overwrite, *_as_words(top[stage]), place)}
        overrides |= {split_word(word)[0].lstrip("+"): word for word in staged[stage]}
        trees[stage] = compose_tree(stage, prepared(list(overrides.values()), stage), config_dir, f"{stage}.")
    return trees


def _default_out(words: Sequence[str]) -> str:
    from surrogate.config.words import given

    return dated("runs", given(words, "experiment") or "run")


def _as_words(node: dict[str, Any], prefix: str = "") -> list[str]:
    """Return a stage's node of an experiment as KEY=VALUE words."""
    words = []
    for key, value in node.items():
        if isinstance(value, dict):
            words += _as_words(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            words.append(f"{prefix}{key}=[{','.join(str(entry) for entry in value)}]")
        else:
            words.append(f"{prefix}{key}={'null' if value is None else value}")
    return words
