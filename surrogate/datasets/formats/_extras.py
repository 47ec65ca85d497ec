"""Packages that only some formats need."""

from __future__ import annotations

import importlib
from types import ModuleType

from surrogate.errors import SettingsError


def needed(package: str, extra: str, what: str) -> ModuleType:
    """Return the module of an optional package.

    Args:
        package: its name.
        extra: of ours, that brings it.
        what: is read with it.

    Raises:
        SettingsError: it is not installed; the message says how to get it.
    """
    try:
        return importlib.import_module(package)
    except ImportError:
        get = f"pip install 'surrogate[{extra}]'"
        raise SettingsError(f"{what}: read with the package {package}, which is not installed; {get}") from None
