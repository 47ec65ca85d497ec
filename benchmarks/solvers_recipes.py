"""Certify every recipe as it ships: python benchmarks/solvers_recipes.py [RECIPE ...]

Six samples of each, two of which are solved again. With names, only these are certified and nothing is written.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import torch
from _record import record
from _table import ROOT, parser
from solvers_faults import certified

SIZES = ["count.train=4", "count.valid=1", "count.test=1", "certificate.samples=2"]
COLUMNS = ["recipe", "certificate", "label error", "label floor", "order", "second method", "limit", "seconds a sample"]


def row(recipe: str) -> list[object]:
    """Return what a recipe's certificate says, and the seconds that a sample takes on one thread."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "data"
        started = time.perf_counter()
        certificate = certified(recipe, SIZES, folder)
        spent = time.perf_counter() - started
        lines = (folder / "timing.jsonl").read_text(encoding="utf-8").splitlines()
    seconds = sum(float(line.split('"seconds": ')[1].split(",")[0]) for line in lines) / 6
    second = next((check for check in certificate.checks if check.name == "second"), None)
    print(f"{recipe}: {certificate.line()} [{seconds:.2f} s a sample, {spent:.1f} s in all]", flush=True)
    order = None if certificate.order is None else f"{certificate.order:.2f} ({certificate.order_of})"
    return [
        recipe,
        certificate.status,
        certificate.label_error,
        certificate.label_floor,
        order,
        second.value if second else None,
        second.limit if second else None,
        seconds,
    ]


if __name__ == "__main__":
    torch.set_num_threads(1)
    arguments = parser(__doc__)
    arguments.add_argument("recipes", nargs="*")
    named = arguments.parse_args().recipes
    rows = [row(name) for name in named or sorted(path.stem for path in (ROOT / "data_recipes").glob("*.yaml"))]
    says = (
        "Every recipe as it ships, on its own grid: how far the stored labels are from their discrete equation, how far"
        " that is from the PDE, the observed order, and the distance from a second method that shares no code, with the"
        " limit that the recipe promised. Relative L2; the first two are means over the samples solved again."
    )
    if not named:
        record("recipes-certificates", "Certificates of all recipes", says, COLUMNS, rows)
