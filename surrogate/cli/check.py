"""surrogate check: whether a part, ours or a plug-in's, keeps the contract of its kind."""

from __future__ import annotations

import json

import typer

from surrogate.cli import console
from surrogate.cli.options import AsJson, Show, Words

EXAMPLES = (
    "surrogate --plugins mine check waves",
    "surrogate check allen_cahn",
    "surrogate check fno slow=true",
    "surrogate check relative_l2 kind=metric",
    "surrogate --plugins mine check lab_files input=run17.npz",
)


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
            for law in part.broken:
                console.out.print(f"FAILS: {law.law} ({law.part})", style="bold red", markup=False)
                console.out.print(f"  it means: {law.meaning}", markup=False)
                console.out.print(f"  what was seen: {law.why}", markup=False)
            console.out.print(part.line(), style="bold green" if part.passed else "bold red", markup=False)
    if not all(part.passed for part in parts):
        raise typer.Exit(1)
