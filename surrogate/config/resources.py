"""Where conf/ and data_recipes/ lie: inside the package in a wheel, next to it in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def bundled(folder: str) -> Path:
    """Return the shipped folder called ``folder``.

    The checkout is asked first: an editable install may leave stale copies inside the package.
    """
    beside = _PACKAGE.parent / folder
    if beside.is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file():
        return beside
    return _PACKAGE / folder


def groups(config_dir: Path | None = None) -> dict[str, tuple[str, ...]]:
    """Return the choices of every group, by listing folders: ``{"model": ("deeponet", ...), ...}``."""
    found: dict[str, set[str]] = {"recipe": _choices(bundled("data_recipes"))}
    for root in (bundled("conf"), config_dir):
        for folder in sorted(root.iterdir()) if root is not None else ():
            if folder.is_dir():
                found[folder.name] = found.get(folder.name, set()) | _choices(folder)
    return {name: tuple(sorted(choices)) for name, choices in sorted(found.items())}


def _choices(folder: Path) -> set[str]:
    return {file.stem for file in folder.glob("*.yaml") if file.is_file()}
