"""data_recipes/ as Hydra's group ``recipe``."""

from __future__ import annotations

import functools

import yaml
from hydra.core.config_store import ConfigStore

from surrogate.config.resources import bundled


@functools.cache
def offer_recipes() -> None:
    """Make data_recipes/ the group ``recipe``, once in a process: reading them takes longer than to compose."""
    store = ConfigStore.instance()
    for file in bundled("data_recipes").glob("*.yaml"):
        node = yaml.safe_load(file.read_text(encoding="utf-8"))
        store.store(group="recipe", name=file.stem, node=node, package="_global_", provider="data_recipes")
