"""The experiments that two cores finish within an hour, each by its one command: raw figures in results/accuracy.json.

    python benchmarks/accuracy.py [--place FOLDER] [--threads N] [--only WORD]

What is evaluated already, or has figures in that file, is not run again; a row taken out of the file is. The test split
is read by `surrogate eval` alone, when training is over.
"""

from __future__ import annotations

import argparse
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

from _table import ROOT, machine, percent, result, surrogate

RESULT = ROOT / "benchmarks" / "results" / "accuracy.json"
# Experiment, and what it was to reach (relative L2 / H1 by differences, in percent) before it was run.
BARS = {
    "small_darcy_rough": "0.8 / 1.8",
    "small_darcy_rough_fno": "2.87 / 8.40, neuraloperator 2.0.0",
    "small_darcy_piecewise": "0.6",
    "small_darcy_piecewise_fno": "1.2",
    "small_burgers": "0.3",
    "small_burgers_pod_deeponet": "2",
}


def table(raw: dict[str, Any]) -> list[str]:
    """Return the table in Markdown."""
    lines = [
        "| experiment | parameters | epochs | training, min | relative L2 | H1 by differences | to reach |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for name, found in raw["rows"].items():
        run, measured = found["run"], found["evaluation"]["metrics"]
        figures = " | ".join(percent(measured.get(metric)) for metric in ("relative_l2", "h1_fd"))
        minutes, epochs = run["seconds"] / 60, int(run["metrics"]["epochs"])
        lines.append(f"| `{name}` | {run['parameters']:,} | {epochs} | {minutes:.0f} | {figures} | {BARS[name]} |")
    said = "Test split: mean and 95 % interval over samples, in percent; one seed"
    shared = "Minutes are of a shared machine, on which some runs stood still for a while"
    return [*lines, "", f"{said}. {shared}. {raw['machine']}, {raw['date']}."]


def main() -> None:
    """Run what is missing and write the raw figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--place", type=Path, default=ROOT, help="where data/ and runs/ go")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="", help="a part of the names of the experiments to run")
    options = parser.parse_args()
    place: Path = options.place.absolute()
    place.mkdir(parents=True, exist_ok=True)
    rows = json.loads(RESULT.read_text(encoding="utf-8"))["rows"] if RESULT.exists() else {}
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
    raw = {"command": command, "date": str(date.today()), "machine": machine(options.threads), "rows": rows}
    text = json.dumps(raw, indent=1).replace(f"{place}{os.sep}", "") + "\n"
    RESULT.write_text(text, encoding="utf-8")
    print("\n".join(table(raw)))


if __name__ == "__main__":
    main()
