"""What all contracts have in common: the names that they hold to it, and the settings that YAML gives these."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import pytest

from surrogate.config.resources import RECIPE, bundled, installed, shipped
from surrogate.errors import SettingsError
from surrogate.reading import read_yaml


class Contract:
    """Tests that take ``name``: each of ``names`` is held to all of them."""

    names: ClassVar[Iterable[str]] = ()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run every test of the class once for each name."""
        if "name" in metafunc.fixturenames:
            metafunc.parametrize("name", tuple(self.names))


def default_settings(group: str, name: str) -> dict[str, Any]:
    """Return what the YAML called ``name`` gives a group such as ``model`` or ``recipe``: that of ours, or a plug-in's.

    Raises:
        SettingsError: there is none.
    """
    if name in shipped(group):
        file = (bundled("data_recipes") if group == RECIPE else bundled("conf") / group) / f"{name}.yaml"
    else:
        outside = installed(group, name)
        beside = None if outside is None else outside.settings()
        if beside is None:
            raise SettingsError(f"there is no {group} '{name}' with a YAML of its own")
        file = beside
    tree: dict[str, Any] = read_yaml(file)
    # A model's YAML may say more than the model.
    settings: dict[str, Any] = tree.get(group, tree)
    return settings
