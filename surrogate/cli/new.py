"""surrogate new: a part of one's own, from a template."""

from __future__ import annotations

from typing import Annotated

import typer

from surrogate.cli import completion, console, places, plugged
from surrogate.cli.options import Show

EXAMPLES = (
    "surrogate new equation waves",
    "surrogate new equation ripples family=square out=mine",
    "surrogate new model neighbours",
    "surrogate new recipe calm like=burgers",
    "surrogate new metric median_error",
    "surrogate new format lab_files",
)


Settings = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE", help="out, family, like.", show_default=False, autocompletion=completion.words),
]


@console.guarded
def new(
    kind: Annotated[
        str,
        typer.Argument(
            help="equation | model | recipe | format | metric",
            show_default=False,
            autocompletion=lambda: ["equation", "model", "recipe", "format", "metric"],
        ),
    ],
    name: Annotated[str, typer.Argument(help="What it will be called.", show_default=False)],
    words: Settings = None,
    show: Show = False,
) -> None:
    from surrogate.config.compose import compose_tree
    from surrogate.config.nouns import spoken
    from surrogate.config.words import prepared
    from surrogate.interface.new_parts import begun

    ready = prepared(spoken(words or [], "new"), "new")
    if show:
        console.yaml(compose_tree("new", ready))
        raise typer.Exit
    part = begun(kind, name, ready)
    folder = places.short(part.folder)
    console.figures(f"{kind} {name}", {file.suffix.removeprefix("."): places.short(file) for file in part.files})
    console.note(f"it works as it is: write your own {kind} over it; --plugins {folder} opens the folder")
    for line in part.next:
        console.next_step(*plugged.Words([folder], list(line)).ordered)
