"""Write docs/results/solvers.md from the tables in results/solvers: python benchmarks/solvers_page.py"""

from __future__ import annotations

import json
from typing import Any

from _record import PLACE
from _table import ROOT

CHAPTERS = {
    "convergence": "Orders of convergence",
    "references": "Against solutions that nobody here made",
    "invariants": "Conservation, bounds, symmetry",
    "speed": "Speed beside named peers",
    "cost": "Cost against size",
    "scaling": "Workers",
    "faults": "Planted faults",
    "recipes": "Recipes and their certificates",
}
OPENING = """# How far the solvers can be trusted

Every table here was written by the command beneath it; the raw figures are in `benchmarks/results/solvers`. Times are
ratios of runs that were interleaved in one script, so they mean something on a busy machine; the seconds beside them
are of the machine named.
"""


def page() -> str:
    """Return the page as Markdown."""
    parts = [OPENING]
    tables = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(PLACE.glob("*.json"))}
    for prefix, heading in CHAPTERS.items():
        held = [table for topic, table in tables.items() if topic.split("-")[0] == prefix]
        if held:
            parts.append(f"## {heading}\n")
            parts.extend(_table(table) for table in held)
    return "\n".join(parts)


def _table(table: dict[str, Any]) -> str:
    lines = [
        table["columns"],
        ["---"] * len(table["columns"]),
        *[[_cell(cell) for cell in row] for row in table["rows"]],
    ]
    rows = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    source = f"`{table['command']}`, {table['date']}, {table['machine']}."
    return f"### {table['title']}\n\n{table['says']}\n\n{rows}\n\n{source}\n"


def _cell(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{cell:.3g}" if isinstance(cell, float) else str(cell).replace("|", "/")


if __name__ == "__main__":
    (ROOT / "docs" / "results" / "solvers.md").write_text(page(), encoding="utf-8")
