"""Composed trees of settings as typed ones, with a dated folder where none was named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from surrogate.config.known import STAGES
from surrogate.config.read import read
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.datasets.given_inputs import points_of
from surrogate.datasets.supplied import supplied
from surrogate.errors import UsageError
from surrogate.interface.default_places import dated
from surrogate.training.training_settings import TrainConfig

# Until a file says how many: all are for the test, as what one has inputs of is what one wants to know.
_ALL = {"train": 0, "valid": 0, "test": 1}


def generate_settings(tree: dict[str, Any], within: str = "") -> GenerateConfig:
    """Return the settings of a generation; ``within`` is put before every name in an error.

    Raises:
        SettingsError: one line that says which setting, what was expected and what was given.
        InputError: inputs are given that are not those of the recipe's equation.
    """
    named = bool(tree["out"])
    given, tree = tree.get("inputs"), tree | {"out": tree["out"] or "data", "inputs": None}
    config = read(GenerateConfig, tree, within) if given is None else _with_inputs(Path(given), tree, within)
    if named:
        return config
    grid = "x".join(str(points) for points in dict.fromkeys(config.grid))
    return config.model_copy(update={"out": Path(dated("data", f"{config.name}-{grid}"))})


def _with_inputs(path: Path, tree: dict[str, Any], within: str) -> GenerateConfig:
    """Return the settings with what the file of inputs says where they are open: the grid, and how many there are."""
    if tree["grid"] is None:
        tree = tree | {"grid": list(points_of(path, tree["equation"]["name"]))}
    open_counts = tree["count"] is None
    config = read(GenerateConfig, tree | ({"count": _ALL} if open_counts else {}), within)
    return supplied(config, path, open_counts)


def train_settings(tree: dict[str, Any], out: Path | None = None) -> TrainConfig:
    """Return the settings of a training in ``out``, None: in the folder that they name, or a dated one.

    Raises:
        UsageError: no folder is named, under torchrun.
        SettingsError: one line that says which setting, what was expected and what was given.
    """
    # An experiment also says what the other commands of `surrogate run` do; training alone has no use for it.
    tree = {key: value for key, value in tree.items() if key not in STAGES}
    model = tree["model"]["name"] if isinstance(tree.get("model"), dict) else "model"
    if out is None and not tree["out"] and "WORLD_SIZE" in os.environ:
        raise UsageError("out: needed under torchrun, whose processes must all mean one folder; give out=runs/NAME")
    where = out or tree["out"] or dated("runs", f"{Path(str(tree['data'])).name}-{model}")
    return read(TrainConfig, tree | {"out": str(where)})
