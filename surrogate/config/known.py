"""The settings that a command takes with the choices of groups that were made: what can be suggested."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from surrogate.config.apart import own_hydra
from surrogate.config.own_folder import search_words
from surrogate.config.resources import bundled, is_choice
from surrogate.config.shipped_settings import default_choices

# What a user calls a command whose file in conf/ has another name.
COMMANDS = {
    "generate": "generate",
    "train": "train",
    "tune": "tune",
    "eval": "eval",
    "compare": "compare",
    "export": "export",
    "predict": "predict",
    "solve": "solve",
    "precondition": "precondition",
    "convert": "data convert",
    "data_check": "data check",
    "data_export": "data export",
    "gate": "gate check",
    "run": "run",
    "new": "new",
    "check": "check",
}
# The stages of `surrogate run` beside training, and what of theirs it sets itself.
STAGES = {"generate": ("out",), "eval": ("run",), "export": ("run",)}


@dataclass(frozen=True)
class Known:
    """``keys`` are the settings, in the order of conf/, groups among them; ``holders`` are those that hold others."""

    keys: tuple[str, ...]
    holders: frozenset[str]
    groups: frozenset[str]

    def __contains__(self, key: str) -> bool:
        """Return whether ``key`` can be given: a setting, or one that holds others."""
        return key in self.keys or key in self.holders


def known(command: str, words: Sequence[str], config_dir: Path | None = None) -> Known:
    """Return what ``command`` takes with the choices of groups among ``words``; others of the words have no say."""
    return _known(command, _choices(command, words, config_dir), config_dir)


@functools.lru_cache(maxsize=256)
def _known(command: str, choices: tuple[str, ...], config_dir: Path | None) -> Known:
    own, staged = list[str](), {stage: list[str]() for stage in STAGES}
    for choice in choices:
        stage, dot, rest = choice.partition(".")
        (staged[stage] if dot and stage in staged and command == "run" else own).append(rest if dot else choice)
    tree, names = _composed(command, own, config_dir)
    if command == "run":
        tree = {key: value for key, value in tree.items() if key not in STAGES}
    leaves, holders = list[str](), set[str]()
    for key, holds in _walk(tree, ""):
        if holds:
            holders.add(key)
        else:
            leaves.append(key)
    leaves += [name for name in sorted(names) if name not in leaves]
    if command == "run":
        for stage, set_by_us in STAGES.items():
            beneath = _known(stage, tuple(staged[stage]), config_dir)
            leaves += [f"{stage}.{key}" for key in beneath.keys if key not in set_by_us]
            holders |= {stage} | {f"{stage}.{key}" for key in beneath.holders}
    return Known(tuple(dict.fromkeys(leaves)), frozenset(holders), names)


def _composed(command: str, choices: Sequence[str], config_dir: Path | None) -> tuple[dict[Any, Any], frozenset[str]]:
    """Return the settings and the names of the groups; a recipe that was not chosen is any."""
    text = yaml.safe_load((bundled("conf") / f"{command}.yaml").read_text(encoding="utf-8"))
    if "defaults" not in text:
        return text, frozenset()
    if command == "generate" and not any(choice.startswith("recipe=") for choice in choices):
        choices = [*choices, "recipe=darcy_rough"]
    with own_hydra(), initialize_config_dir(str(bundled("conf")), version_base="1.3"):
        config = compose(command, [*choices, *search_words(config_dir)], return_hydra_config=True)
    names = frozenset(str(name) for name in config.hydra.runtime.choices if not str(name).startswith("hydra/"))
    tree = {key: value for key, value in config.items_ex(resolve=False) if key != "hydra"}
    plain = OmegaConf.to_container(OmegaConf.create(tree), resolve=False)
    return plain if isinstance(plain, dict) else {}, names


def _choices(command: str, words: Sequence[str], config_dir: Path | None) -> tuple[str, ...]:
    """Return the words that choose what there is of a group of the command, bare of a +."""
    chosen = []
    for word in words:
        key, _, value = word.lstrip("+").partition("=")
        stage, dot, name = key.partition(".")
        owner, group = (stage, name) if dot and stage in STAGES and command == "run" else (command, key)
        if group in default_choices(owner) and is_choice(group, value, config_dir):
            chosen.append(f"{key}={value}")
    return tuple(chosen)


def _walk(node: object, prefix: str) -> Iterator[tuple[str, bool]]:
    """Give every key below ``node``, and whether it holds others."""
    if isinstance(node, dict):
        for key, value in node.items():
            name = f"{prefix}{key}"
            holds = isinstance(value, dict) and bool(value)
            yield name, holds
            yield from _walk(value, f"{name}.")
