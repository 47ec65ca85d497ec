"""What surrogates save against the solvers that made their data, at equal error: docs/results/cost.md and its pictures.

    python benchmarks/cost.py [--place FOLDER] [--threads N] [--only CASE] [--page]

Data, training, export and evaluation run through the command line; what is finished in FOLDER is not done again, but
the timing, which takes a few minutes a case and wants a quiet machine.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _table import RESULTS, ROOT, filled, keep, markdown, newest, parser, stored, surrogate, write_page

from surrogate.evaluation.report.sections import Section
from surrogate.evaluation.timing.cost_result import Cost

FLOW = "recipe=navier_stokes grid=64 count.train=48 count.valid=8 count.test=20 part_size=8"
MEASURE = "count.train=1 count.valid=16 count.test=48 certificate.samples=0"


@dataclass(frozen=True)
class Case:
    """A run and the data that it is measured on; ``makes`` are the commands behind both."""

    title: str
    about: str
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
    arguments = parser(__doc__, place=ROOT, threads=1, page=True)
    arguments.add_argument("--only", choices=CASES, help="one case; the page keeps the others as they were measured")
    options = arguments.parse_args()
    for name, case in CASES.items():
        if not options.page and options.only in (None, name):
            measure(name, case, options.place, options.threads)
    write_page("results/cost", page())


def measure(name: str, case: Case, place: Path, threads: int) -> None:
    """Run the commands of a case, keep what its evaluation measured, and draw the pictures."""
    for command in case.makes:
        if not (place / command.rpartition("out=")[2]).exists():
            surrogate(command, place, threads)
    if not list((place / case.run).glob("*.onnx")):
        surrogate(f"export run={case.run} format=onnx out={case.run}/surrogate.onnx", place, threads)
    out = f"cost/{name}"
    words = f"run={case.run} data={case.data} suite=cost solver_seconds=0 out={out} {case.words}".strip()
    surrogate(f"eval {words}", place, threads)
    document = json.loads((place / out / "cost.json").read_text(encoding="utf-8"))
    raw = keep(f"cost-{name}", {"command": f"surrogate eval {words}", "found": document}, threads, place)
    table = (place / out / "cost.csv").read_text(encoding="utf-8")
    (RESULTS / f"{raw['date']}-cost-{name}.csv").write_text(table, encoding="utf-8")
    for number, picture in enumerate(section(raw).pictures, start=1):
        file = ROOT / "docs" / "results" / f"cost-{name}-{number}.svg"
        file.write_bytes(base64.b64decode(picture.uri.partition("base64,")[2]))


def section(raw: dict[str, Any]) -> Section:
    """Return what the report of an evaluation says of its costs."""
    return Cost.model_validate_json(json.dumps(raw["found"])).section()


def page() -> str:
    """Return docs/results/cost.md, from the newest raw figures of every case."""
    chapters = [chapter(name, case) for name, case in CASES.items()]
    return filled("cost", chapters=chapters, older=any("sentence" in (each["raw"] or {}) for each in chapters))


def chapter(name: str, case: Case) -> dict[str, Any]:
    """Return the sentence, pictures, table and notes of a case.

    Figures of before there were bounds keep the sentence that was made of them then.
    """
    path = newest(f"cost-{name}")
    if path is None:
        return {"name": name, "title": case.title, "raw": None}
    raw = stored(f"cost-{name}")
    part = section(raw)
    table = part.tables[0]
    return {
        "name": name,
        "title": case.title,
        "about": case.about,
        "raw": raw,
        "path": path.relative_to(ROOT),
        "sentence": raw.get("sentence", part.sentence),
        "pictures": [(f"cost-{name}-{k}.svg", picture.caption) for k, picture in enumerate(part.pictures, start=1)],
        "table": markdown([column or "setting" for column in table.columns], table.rows),
        "notes": part.notes,
    }


if __name__ == "__main__":
    main()
