"""Write docs/results/solvers.md from the tables in results/solvers: python benchmarks/solvers_page.py"""

from __future__ import annotations

import json
from typing import Any

from _record import PLACE
from _table import filled, parser, write_page

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


def page() -> str:
    """Return the page as Markdown."""
    tables = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(PLACE.glob("*.json"))}
    for table in tables.values():
        table["rows"] = [[_cell(cell) for cell in row] for row in table["rows"]]
    chapters = {
        heading: [table for topic, table in tables.items() if topic.split("-")[0] == prefix]
        for prefix, heading in CHAPTERS.items()
    }
    return filled("solvers", chapters={heading: of for heading, of in chapters.items() if of})


def _cell(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{cell:.3g}" if isinstance(cell, float) else str(cell).replace("|", "/")


if __name__ == "__main__":
    parser(__doc__).parse_args()
    write_page("results/solvers", page())
