"""Writes the settings of conf/, with their comments, into docs/reference/settings.md while `make docs` builds it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PLACE = "<!-- the settings of conf/ -->"


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Return the text of a page, the settings in their place."""
    return markdown.replace(PLACE, settings()) if PLACE in markdown else markdown


def settings() -> str:
    """Return every file of conf/ that a command or a choice of a group is, as it lies there."""
    conf = ROOT / "conf"
    commands = sorted(conf.glob("*.yaml"))
    groups = sorted(folder for folder in conf.iterdir() if folder.is_dir() and folder.name != "experiment")
    lines = [text for file in commands for text in ("", f"## surrogate {file.stem}", "", *block(file))]
    for group in groups:
        lines += ["", f"## {group}"]
        for file in sorted(group.glob("*.yaml")):
            lines += ["", f"### {group}={file.stem}", "", *block(file)]
    return "\n".join(lines)


def block(file: Path) -> list[str]:
    """Return a file as a block of YAML."""
    return ["```yaml", file.read_text(encoding="utf-8").rstrip(), "```"]
