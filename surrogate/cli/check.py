"""surrogate check: whether a part, ours or a plug-in's, keeps the contract of its kind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from surrogate.cli import console
from surrogate.cli.options import AsJson, Show, Words

if TYPE_CHECKING:
    from surrogate.interface.contracts import HeldPart

EXAMPLES = (
    "surrogate --plugins mine check waves",
    "surrogate check allen_cahn",
    "surrogate check fno slow=true",
    "surrogate check relative_l2 kind=metric",
    "surrogate --plugins mine check lab_files input=run17.npz",
)


def _explain(part: HeldPart) -> None:
    """Say of every law that fails what it means, and what was seen: once, where several fail of one cause."""
    for cause in dict.fromkeys(law.why for law in part.broken):
        for law in part.broken:
            if law.why == cause:
                console.out.print(f"FAILS: {law.law}", style="bold red", markup=False)
                console.out.print(f"  it means: {law.meaning}", markup=False)
        console.out.print(f"  what was seen: {cause}", markup=False)


@console.guarded
def check(words: Words = None, as_json: AsJson = False, show: Show = False) -> None:
    from surrogate.config.compose import compose_tree
    from surrogate.config.nouns import spoken
    from surrogate.config.words import prepared
    from surrogate.interface.contracts import held

    ready = prepared(spoken(words or [], "check"), "check")
    if show:
        console.yaml(compose_tree("check", ready))
        raise typer.Exit
    parts = held(ready)
    if as_json:
        console.out.print_json(json.dumps([part.to_dict() for part in parts]))
    else:
        for part in parts:
            console.table(f"{part.kind} {part.name}", part.heads, part.rows())
            _explain(part)
            console.out.print(part.line(), style="bold green" if part.passed else "bold red", markup=False)
    if not all(part.passed for part in parts):
        raise typer.Exit(1)
