"""The text of --help: what the command does, examples first, then the groups with their choices."""

from __future__ import annotations

import re
import sys
from contextlib import suppress

from surrogate.cli import plugged
from surrogate.config.nouns import NOUNS
from surrogate.config.resources import bundled, choices, shipped
from surrogate.errors import SurrogateError

# The groups that each command composes, in the order in which a user meets them.
GROUPS = {
    "generate": ("recipe", "cluster"),
    "train": ("model", "loss", "optimizer", "schedule", "trainer", "time", "physics", "experiment"),
    "tune": ("model", "search", "pruner", "loss", "optimizer", "schedule", "experiment"),
    "run": ("experiment", "model", "loss", "optimizer", "schedule", "trainer"),
}


def text(summary: str, examples: tuple[str, ...], command: str | None = None) -> str:
    """Return a help text in rich markup."""
    blocks = [summary, "\b\n[bold]Examples[/]\n" + "\n".join(f"  {_escaped(line)}" for line in examples)]
    if command in GROUPS:
        lines = [f"  [cyan]{name}[/]=" + " | ".join(_choices(command, name)) for name in GROUPS[command]]
        blocks.append("\b\n[bold]Groups[/]\n" + "\n".join(lines))
    if command is not None and (bundled("conf") / f"{command}.yaml").is_file():
        keys = " ".join(_top_keys(command))
        blocks.append(f"\b\n[bold]Keys[/]  {keys}{_noun(command)}\n  every key and its value now: --show")
    # Typer dims all but the first paragraph, which is what one came for.
    return "\n\n".join(
        block.replace("\b\n", "\b\n[not dim]", 1) + "[/]" if "\b" in block else block for block in blocks
    )


def _noun(command: str) -> str:
    """Return the line about words without a key."""
    keys = NOUNS.get(command, ())
    if keys == ("runs",):
        return "\n  words without a key are runs"
    alike = f"{', '.join(keys[:-1])} or {keys[-1]}: what lies there says which" if len(keys) > 1 else "".join(keys)
    return f"\n  a first word without a key is {alike}" if keys else ""


def _choices(command: str, group: str) -> list[str]:
    """Return the choices of a group, those of plug-ins among them where the help of this very command is wanted.

    To look through installed packages takes time.
    """
    words = plugged.words(sys.argv[1:])
    if [command] == words.rest[:1] and not {"-h", "--help"}.isdisjoint(words.rest):
        with suppress(SurrogateError):  # which the command line will say
            plugged.open_folders(words.folders)
            return list(choices(group))
    return sorted(shipped(group))


def _top_keys(command: str) -> list[str]:
    """Return the top keys of a command's own file, read as text: a YAML parser would cost start-up time."""
    lines = (bundled("conf") / f"{command}.yaml").read_text(encoding="utf-8").splitlines()
    keys = [match.group(1) for line in lines if (match := re.match(r"(\w+):", line))]
    return [key for key in keys if key not in ("defaults", "hydra")]


def _escaped(line: str) -> str:
    return line.replace("[", "\\[")
