"""The experiments that two cores finish within an hour, each by its one command: raw figures in results/accuracy.json.

    python benchmarks/accuracy.py [--place FOLDER] [--threads N] [--only WORD]

What is evaluated already, or has figures in that file, is not run again; a row taken out of the file is. The test split
is read by `surrogate eval` alone, when training is over.
"""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

from _table import RESULTS, ROOT, filled, machine, markdown, parser, percent, result, surrogate

RESULT = RESULTS / "accuracy.json"
# Experiment, and what it was to reach (relative L2 / H1 by differences, in percent) before it was run.
BARS = {
    "small_darcy_rough": "0.8 / 1.8",
    "small_darcy_rough_fno": "2.87 / 8.40, neuraloperator 2.0.0",
    "small_darcy_piecewise": "0.6",
    "small_darcy_piecewise_fno": "1.2",
    "small_burgers": "0.3",
    "small_burgers_pod_deeponet": "2",
}


def table(raw: dict[str, Any]) -> str:
    """Return the table in Markdown, and what its figures are."""
    heads = ("experiment", "parameters", "epochs", "training, min", "relative L2", "H1 by differences", "to reach")
    rows = []
    for name, measured in raw["rows"].items():
        run, metrics = measured["run"], measured["evaluation"]["metrics"]
        figures = (percent(metrics.get(metric)) for metric in ("relative_l2", "h1_fd"))
        minutes, epochs = f"{run['seconds'] / 60:.0f}", f"{run['metrics']['epochs']:.0f}"
        rows.append((f"`{name}`", f"{run['parameters']:,}", epochs, minutes, *figures, BARS[name]))
    return filled("accuracy_table", raw=raw, table=markdown(heads, rows, words=(0, 6)))


def main() -> None:
    """Run what is missing and write the raw figures."""
    arguments = parser(__doc__, place=ROOT, threads=2)
    arguments.add_argument("--only", default="", help="a part of the names of the experiments to run")
    options = arguments.parse_args()
    place: Path = options.place
    place.mkdir(parents=True, exist_ok=True)
    kept = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {"rows": {}}
    rows = kept["rows"]
    for name in BARS:
        run = place / "runs" / name
        evaluation = run / "eval" / "test"
        if name in rows:
            continue
        if options.only in name and not (evaluation / "metrics.json").exists():
            surrogate(f"run experiment={name}", place, options.threads)
        if (evaluation / "metrics.json").exists():
            rows[name] = result(run, evaluation)
    rows = {name: rows[name] for name in BARS if name in rows}
    command = "python benchmarks/accuracy.py"
    known = {"command": command, "date": str(date.today()), "machine": machine(options.threads), "rows": rows}
    raw = kept | known
    text = json.dumps(raw, indent=1).replace(f"{place}{os.sep}", "") + "\n"
    RESULT.write_text(text, encoding="utf-8")
    print(table(raw))


if __name__ == "__main__":
    main()
