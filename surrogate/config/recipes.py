"""data_recipes/ as Hydra's group ``recipe``."""

from __future__ import annotations

import functools
from typing import Any

import yaml
from hydra.core.config_store import ConfigStore

from surrogate.config.resources import bundled

RECIPE = "recipe"


@functools.cache
def recipes() -> dict[str, Any]:
    """Return the group as Hydra stores it, read once in a process: reading takes longer than to compose."""
    store = ConfigStore.instance()
    before, store.repo = store.repo, {}
    for file in bundled("data_recipes").glob("*.yaml"):
        node = yaml.safe_load(file.read_text(encoding="utf-8"))
        store.store(group=RECIPE, name=file.stem, node=node, package="_global_", provider="data_recipes")
    group: dict[str, Any] = store.repo[RECIPE]
    store.repo = before
    return group
