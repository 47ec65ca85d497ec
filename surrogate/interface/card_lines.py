"""A data set in a few lines."""

from __future__ import annotations

from typing import Any

from surrogate.interface.readable import size

PLACES = {
    "cells": "cells",
    "nodes": "nodes with both ends",
    "left": "nodes without the right end",
    "cloud": "points of a cloud at most",
}


def dataset_card(facts: dict[str, Any]) -> dict[str, str]:
    """Return what is told of the facts that ``datasets.dataset.describe`` gives."""
    first, last, frames = facts["times"]
    periodic = {side for sides in facts["boundary"] for side in sides} == {"periodic"}
    kinds = [" and ".join(dict.fromkeys(sides)) for sides in facts["boundary"]]
    places = ["periodic nodes" if periodic else PLACES[where] for where in facts["placement"]]
    lines = {
        "title": facts["title"],
        "equation": facts["equation"],
        "learned": f"{', '.join(facts['inputs'])} -> {', '.join(facts['outputs'])} ({facts['task']})",
        "grid": f"{' x '.join(str(n) for n in facts['points'])} {' x '.join(dict.fromkeys(places))}",
        "boundary": ", ".join(dict.fromkeys(kinds)),
        "times": f"{frames} from {first:g} to {last:g}" if frames > 1 else "steady",
        "samples": "  ".join(f"{split} {count}" for split, count in facts["counts"].items()),
        "size": f"{size(facts['bytes'])} in {facts['parts']} parts",
        "inputs": f"given, file of SHA-256 {facts['given'][:16]}" if facts.get("given") else "",
        "certificate": facts["certificate"]["line"],
        "quality": facts.get("quality", {}).get("line", ""),
        "hash": facts["hash"][:16],
    }
    return {name: text for name, text in lines.items() if text}
