"""What surrogates save against the solvers that made their data, at equal error: docs/results/cost.md and its pictures.

    python benchmarks/cost.py [--place FOLDER] [--threads N] [--only CASE]

Data, training, export and evaluation run through the command line; what is finished in FOLDER is not done again, but
the timing, which takes a few minutes a case and wants a quiet machine.
"""

from __future__ import annotations

import argparse
import base64
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from _table import ROOT, machine, surrogate

from surrogate.evaluation.timing.cost_result import Cost

FLOW = "recipe=navier_stokes grid=64 count.train=48 count.valid=8 count.test=20 part_size=8"
MEASURE = "count.train=1 count.valid=16 count.test=48 certificate.samples=0"
RESULTS = ROOT / "benchmarks" / "results"


@dataclass(frozen=True)
class Case:
    """A run and the data that it is measured on; ``makes`` are the commands behind both."""

    title: str
    says: str
    run: str
    data: str
    makes: tuple[str, ...]
    words: str = ""


ROUGH = (
    "generate recipe=darcy_rough grid=64 count.train=1000 count.valid=100 count.test=200 out=data/darcy_rough-64",
    "train experiment=small_darcy_rough data=data/darcy_rough-64 out=runs/small_darcy_rough-refine",
)
CASES = {
    "rough-64": Case(
        "Rough Darcy flow, 64 x 64",
        "MgNO, the experiment `small_darcy_rough`; labels solved on 256 x 256 cells.",
        "runs/small_darcy_rough-refine",
        "data/darcy_rough-64",
        ROUGH,
    ),
    "rough-256": Case(
        "Rough Darcy flow, 256 x 256",
        "The same run, trained at 64 x 64, on the finer grid (`off_grid=refine`: sixteen answers, and a learned"
        " correction); labels solved on 1024 x 1024 cells, against which the errors are.",
        "runs/small_darcy_rough-refine",
        "data/off_grid/darcy_rough-256",
        (*ROUGH, f"generate recipe=darcy_rough grid=256 {MEASURE} out=data/off_grid/darcy_rough-256"),
        "suite.reference=1 suite.batch=8",
    ),
    "navier-stokes-64": Case(
        "Navier-Stokes, 64 x 64, a step of length 1",
        "FNO from 48 trajectories, 6 epochs of the experiment `navier_stokes_fno`.",
        "runs/ns-fno",
        "data/ns",
        (
            f"generate {FLOW} out=data/ns",
            "train experiment=navier_stokes_fno data=data/ns out=runs/ns-fno trainer.epochs=6",
        ),
    ),
}


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--place", type=Path, default=ROOT)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", choices=CASES, help="one case; the page keeps the others as they were measured")
    options = parser.parse_args()
    place = options.place.absolute()
    for name, case in CASES.items():
        if options.only in (None, name):
            measure(name, case, place, options.threads)
    write_page()


def measure(name: str, case: Case, place: Path, threads: int) -> None:
    """Run the commands of a case and keep what its evaluation found."""
    for command in case.makes:
        if not (place / command.rpartition("out=")[2]).exists():
            surrogate(command, place, threads)
    if not list((place / case.run).glob("*.onnx")):
        surrogate(f"export run={case.run} format=onnx out={case.run}/surrogate.onnx", place, threads)
    out = f"cost/{name}"
    words = f"run={case.run} data={case.data} suite=cost solver_seconds=0 out={out} {case.words}".strip()
    surrogate(f"eval {words}", place, threads)
    found = json.loads((place / out / "cost.json").read_text(encoding="utf-8"))
    kept = {
        "date": str(date.today()),
        "machine": machine(threads),
        "command": f"surrogate eval {words}",
        "found": found,
    }
    stem = RESULTS / f"{date.today()}-cost-{name}"
    stem.with_suffix(".json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    stem.with_suffix(".csv").write_text((place / out / "cost.csv").read_text(encoding="utf-8"), encoding="utf-8")


def write_page() -> None:
    """Write docs/results/cost.md and the pictures from the newest raw figures of every case."""
    lines = [
        "# What surrogates save, or do not",
        "",
        "`surrogate eval run=RUN suite=cost` asks the solver that made the data what the surrogate is asked, on",
        "coarser grids, with looser tolerances and fewer steps, on the same machine and threads, warm, all calls",
        "interleaved.",
        "A surrogate is compared with the cheapest solve that is at least as accurate, not with the careful one that",
        "made its labels. *Paid back* counts making the data and training, one worker after the other.",
        "The quickest surrogate and that solve then take turns in blocks: their seconds, the ratio and the number of",
        "queries have 99 % bounds; where the bounds of the ratio have one between them the verdict is undecided.",
    ]
    for name, case in CASES.items():
        raw = sorted(RESULTS.glob(f"*-cost-{name}.json"))
        lines += ["", f"## {case.title}", ""]
        if not raw:
            lines += [f"Not measured yet: `python benchmarks/cost.py --only {name}`."]
            continue
        lines += chapter(name, case, raw[-1], json.loads(raw[-1].read_text(encoding="utf-8")))
    (ROOT / "docs" / "results" / "cost.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def chapter(name: str, case: Case, path: Path, raw: dict[str, Any]) -> list[str]:
    """Return the sentence, pictures, table and notes of a case."""
    said = Cost.model_validate_json(json.dumps(raw["found"])).section()
    table = said.tables[0]
    pictures = []
    for number, picture in enumerate(said.pictures, start=1):
        file = f"cost-{name}-{number}.svg"
        (ROOT / "docs" / "results" / file).write_bytes(base64.b64decode(picture.uri.partition("base64,")[2]))
        pictures.append(f"![{picture.caption}]({file})")
    return [
        f"{case.says} {said.sentence}",
        "",
        *pictures,
        "",
        f"| {' | '.join(column or 'setting' for column in table.columns)} |",
        "|---" + "|--:" * (len(table.columns) - 1) + "|",
        *(f"| {' | '.join(row)} |" for row in table.rows),
        "",
        *(f"- {note}" for note in said.notes),
        "",
        f"{raw['machine']}, {raw['date']}. Raw figures: `{path.relative_to(ROOT)}`, all settings timed in the CSV file",
        f"beside it; made by `python benchmarks/cost.py --only {name}`, which runs `{raw['command']}`.",
    ]


if __name__ == "__main__":
    main()
