"""The settings with which a run goes on: its own, but for what may be given anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from surrogate.config.compose import compose_tree
from surrogate.config.words import split_word
from surrogate.errors import UsageError
from surrogate.training.extension import extend
from surrogate.training.opening import ANEW
from surrogate.training.train import read_train_config
from surrogate.training.training_settings import TrainConfig, TrainerConfig

# What ends a training, and with more of it lets one go on that had ended.
_ENDS = frozenset({"epochs", "early_stop"})


def resumed(run: Path, words: Sequence[str]) -> tuple[TrainConfig, list[str]]:
    """Return the settings of a run with ``words`` over them, and lines that say what a change of them means.

    How it is computed may change, and when it ends: then the run is one of more epochs from here on. With any other
    setting it would be another run.

    Raises:
        UsageError: a word that nothing answers to, or a setting that makes another run of it.
        SettingsError: a value that cannot be, or nothing to go on from.
        InputError: there is no such run, or it is damaged.
    """
    config = read_train_config(run)
    overrides = [word for word in words if split_word(word)[0] != "resume"]
    named = {split_word(word)[0] for word in overrides}
    tree = compose_tree("train", [*(() if "data" in named else ("data=.",)), *overrides])
    trainer = config.trainer.model_dump(mode="json")
    held = config.model_dump(mode="json")
    changed: dict[str, Any] = {}
    for word in overrides:
        key = split_word(word)[0].lstrip("+")
        inner = key.removeprefix("trainer.")
        if key.startswith("trainer.") and inner in ANEW | _ENDS:
            changed[inner] = tree["trainer"][inner]
        elif _at(tree, key) != _at(held, key):
            raise UsageError(
                f"{key}: would make another run of {run.name}; init=RUN with it begins a new one with its weights. "
                f"resume=RUN takes {', '.join(f'trainer.{name}' for name in sorted(ANEW | _ENDS))}"
            )
    try:
        after = TrainerConfig.model_validate_json(json.dumps(trainer | changed))
    except ValueError:
        from surrogate.config.read import read

        # In the words of a user's mistake.
        after = read(TrainConfig, held | {"trainer": trainer | changed}).trainer
    now = config.model_copy(update={"trainer": after})
    if any(changed.get(key, trainer[key]) != trainer[key] for key in _ENDS):
        return now, extend(config, now)
    return now, []


def _at(tree: Any, key: str) -> Any:
    """Return the value at a dotted key, of a group its name; None where there is none."""
    for name in key.split("."):
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree.get("name", tree) if isinstance(tree, dict) else tree
