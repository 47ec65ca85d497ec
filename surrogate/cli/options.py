"""The arguments that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from surrogate.cli import completion

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME KEY=VALUE",
        help="What it is about, and settings as Hydra reads them.",
        show_default=False,
        autocompletion=completion.words,
    ),
]
Show = Annotated[bool, typer.Option("--show", help="Print the complete settings as YAML and stop.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what it would take, and stop.")]
Multirun = Annotated[bool, typer.Option("--multirun", "-m", help="One run for each point of a sweep: model=fno,mgno.")]
ConfigDir = Annotated[
    Path | None,
    typer.Option(
        "--config-dir",
        help="A folder with groups of your own (model/, recipe/, experiment/, ...).",
        exists=True,
        file_okay=False,
        autocompletion=completion.anything,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
