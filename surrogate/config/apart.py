"""Our use of Hydra, kept apart from that of the program that we are in: it finds its own unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.version import VersionBase

from surrogate.config.recipes import RECIPE, recipes


@contextmanager
def own_hydra() -> Iterator[None]:
    """Within it Hydra is not initialised and offers the group ``recipe``; after it, everything is as it was before."""
    state, version, repo = GlobalHydra.instance(), VersionBase.instance(), ConfigStore.instance().repo
    hydra, base, group = state.hydra, version.version_base, repo.get(RECIPE)
    state.clear()
    repo[RECIPE] = recipes()
    try:
        yield
    finally:
        # Hydra's own context puts back a copy of what it found.
        GlobalHydra.set_instance(state)
        state.hydra = hydra
        version.version_base = base
        if group is None:
            del repo[RECIPE]
        else:
            repo[RECIPE] = group
