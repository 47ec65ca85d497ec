"""Tables of docs/results/solvers.md: each is a JSON file in results/solvers, written by what measured it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from _table import ROOT, machine, parser

PLACE = ROOT / "benchmarks" / "results" / "solvers"


def record(
    topic: str, title: str, says: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], threads: int = 1
) -> None:
    """Write one table and print it; ``python benchmarks/solvers_page.py`` puts all of them on the page.

    Args:
        topic: name of the file; its first word orders the page: convergence, references, invariants, speed, cost,
            scaling, faults, recipes.
        title: heading of the table.
        says: what was measured and how, in a sentence or two.
        columns: headings.
        rows: numbers or words, as measured; rounding is the page's business.
        threads: of the measured code.
    """
    table = {
        "title": title,
        "says": says,
        "columns": list(columns),
        "rows": [list(row) for row in rows],
        "command": "python " + " ".join([str(Path(sys.argv[0]).resolve().relative_to(ROOT)), *sys.argv[1:]]),
        "machine": machine(threads),
        "date": str(date.today()),
    }
    PLACE.mkdir(parents=True, exist_ok=True)
    (PLACE / f"{topic}.json").write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    print(f"# {title}\n" + " | ".join(columns))
    for row in rows:
        print(" | ".join(f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row))


def measure(about: str | None, topics: Mapping[str, Callable[[], object]]) -> None:
    """Do the topics that the command line names, on one thread; all where it names none."""
    import torch

    arguments = parser(about)
    arguments.add_argument("topics", nargs="*", choices=topics, help="all of them unless some are named")
    chosen = arguments.parse_args().topics
    torch.set_num_threads(1)
    for topic in chosen or topics:
        topics[topic]()
