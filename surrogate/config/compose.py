"""The only file that knows Hydra: shipped text and a user's words -> plain trees, one for each point of a sweep."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hydra
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from surrogate.config.apart import own_hydra
from surrogate.config.explain import explained, settled
from surrogate.config.open_settings import left_open
from surrogate.config.overrides import checked, understood
from surrogate.config.own_folder import search_words
from surrogate.config.resources import bundled
from surrogate.config.words import quoted
from surrogate.errors import UsageError, nearest
from surrogate.registry import DATA_WRITERS

Tree = dict[str, Any]

# Folders and logs are ours: Hydra makes none.
_SWITCHED_OFF = (
    "hydra.run.dir=.",
    "hydra.output_subdir=null",
    "hydra/job_logging=disabled",
    "hydra/hydra_logging=disabled",
)


@dataclass(frozen=True)
class Point:
    """One point of a sweep: its words, and a name made of what is swept, such as ``mgno-seed0``."""

    name: str
    words: tuple[str, ...]


def compose_tree(command: str, words: Sequence[str], config_dir: Path | None = None, within: str = "") -> Tree:
    """Return the complete settings of ``command``: conf/<command>.yaml, its groups, and the words over them.

    ``within`` is put before every name in an error, such as ``eval.`` for a stage of `surrogate run`.

    Raises:
        UsageError, SettingsError: a group, choice or key that does not exist, with the nearest that does.
    """
    search = search_words(config_dir)
    checked(words)
    words = left_open(command, settled(command, words, config_dir, within))
    ours = str(bundled("conf"))
    with (
        explained(command, words, config_dir, within),
        understood(words),
        own_hydra(),
        initialize_config_dir(ours, version_base="1.3"),
    ):
        return _plain(compose(command, [*words, *search]))


def points(words: Sequence[str]) -> list[Point]:
    """Return the points of the sweep that ``words`` span, in the order in which Hydra runs them.

    Raises:
        UsageError: a word that cannot be read, or that spans no list of points.
    """
    overrides = checked(words)
    axes: dict[str, list[tuple[str, str]]] = {}
    for override in overrides:
        key = override.get_key_element()
        if not override.is_sweep_override():
            axes[key] = [("", f"{key}={override.get_value_element_as_str()}")]
        elif override.is_discrete_sweep():
            axes[key] = [(_label(key, value), f"{key}={value}") for value in override.sweep_string_iterator()]
        else:
            raise UsageError(f"{override.input_line}: an interval needs a sweeper that draws from it")
    return [
        Point("-".join(label for label, _ in chosen if label), tuple(word for _, word in chosen))
        for chosen in itertools.product(*axes.values())
    ]


def launch(
    command: str, words: Sequence[str], task: Callable[[Tree, int], None], sweep: Path, config_dir: Path | None
) -> None:
    """Run ``task(tree, number)`` for every point of a sweep through Hydra's own multirun, launchers included."""

    # A nested function travels to the workers of a launcher by value; a bound method or a partial does not.
    def job(config: DictConfig) -> None:
        task(_plain(config), int(HydraConfig.get().job.num))

    # Options first: argparse takes the words that follow one another as all the words there are.
    folders = [f"hydra.sweep.dir={quoted(str(sweep))}", "hydra.sweep.subdir=.", *search_words(config_dir)]
    arguments = ["--multirun", *folders, *words, *_SWITCHED_OFF]
    with _arguments(arguments), explained(command, words, config_dir), own_hydra():
        hydra.main(version_base="1.3", config_path=str(bundled("conf")), config_name=command)(job)()


def _label(key: str, value: str) -> str:
    last = key.split(".")[-1].split("/")[-1].lstrip("+")
    text = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in value.strip("'\"[]{}"))
    return text if "." not in key and not _is_number(text) else f"{last}{text}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _plain(config: DictConfig) -> Tree:
    """Return the config as dicts, lists and scalars, with what must still be given named in the error."""
    missing = sorted(key for key in OmegaConf.missing_keys(config) if not key.startswith("hydra."))
    if missing:
        hint = nearest("", DATA_WRITERS.names()) if missing[0] == "format" else ""
        raise UsageError(f"{missing[0]}: needed; give {' '.join(f'{key}=VALUE' for key in missing)}{hint}")
    tree = OmegaConf.to_container(config, resolve=True)
    if not isinstance(tree, dict):
        raise UsageError("the settings must be a mapping")
    return {str(key): value for key, value in tree.items() if key != "hydra"}


@contextmanager
def _arguments(arguments: list[str]) -> Iterator[None]:
    """Give hydra.main its command line and its promise to raise rather than print, for as long as it runs."""
    before, full = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv = ["surrogate", *arguments]
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        sys.argv = before
        if full is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = full
