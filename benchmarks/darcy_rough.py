"""Five neural operators on rough Darcy flow at 64 x 64: docs/results/darcy_rough.md and the raw figures.

    python benchmarks/darcy_rough.py [--place FOLDER] [--threads N]

Everything runs through the command line, so that anybody can repeat any row; what is finished is not run again. The
test split is read once, by `surrogate eval`, when all training is done.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from _table import ROOT, machine, percent, publish, result, surrogate

GENERATE = "recipe=darcy_rough grid=64 count.train=1000 count.valid=100 count.test=100 seed=0 workers=2"
# At most 50 epochs, and about the time of MgNO's. FNO's learning rate is the best of 3e-3, 6e-3 and 1e-2 on validation
# data at 32 x 32; its modes are the best of 8, 12 and 16 there, and of 16 and 24 at 64 x 64 in equal time.
RUNS = {
    "mgno": "model=mgno loss=h1_fd trainer.epochs=50 seed=0",
    "fno": "model=fno loss=h1_fd model.n_modes=16 optimizer.lr=1e-2 trainer.epochs=50 seed=0",
    "unet": "model=unet loss=h1_fd trainer.epochs=30 seed=0",
    "deeponet": "model=deeponet loss=h1_fd trainer.epochs=50 seed=0",
    "pod_deeponet": "model=pod_deeponet loss=h1_fd trainer.epochs=50 seed=0",
}
METRICS = ("relative_l2", "h1_fd", "h1_mgno")


def page(results: dict[str, dict[str, Any]], where: str) -> list[str]:
    """Return the page of docs/."""
    lines = [
        "# Rough Darcy flow, 64 x 64",
        "",
        f"Written by `python benchmarks/darcy_rough.py` on {date.today()}; {where}.",
        f"Data: `surrogate generate {GENERATE} out=data/rough64`.",
        "Test split, 100 samples: mean and 95 % interval over samples, in percent. One seed;",
        "seconds were taken on a shared machine.",
        "",
        "| model | parameters | training, s | relative L2 | H1 by differences | H1 as in MgNO |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, found in results.items():
        figures = " | ".join(percent(found["evaluation"]["metrics"][metric]) for metric in METRICS)
        lines.append(f"| {name} | {found['run']['parameters']:,} | {found['run']['seconds']:.0f} | {figures} |")
    for name, metrics in results["mgno"]["evaluation"]["baselines"].items():
        figures = " | ".join(percent(metrics.get(metric)) for metric in METRICS)
        lines.append(f"| baseline: {name.replace('_', ' ')} | | | {figures} |")
    lines += ["", "The commands:", "", "```sh"]
    lines += [f"surrogate train data=data/rough64 {words} out=runs/rough64-{name}" for name, words in RUNS.items()]
    return [*lines, "```"]


def main() -> None:
    """Run what is missing and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--place", type=Path, default=ROOT, help="where data/ and runs/ go")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    place: Path = options.place.absolute()
    place.mkdir(parents=True, exist_ok=True)
    surrogate(f"generate {GENERATE} out=data/rough64", place, 1)
    for name, words in RUNS.items():
        surrogate(f"train data=data/rough64 {words} out=runs/rough64-{name}", place, options.threads)
    results = {}
    for name in RUNS:
        surrogate(f"eval run=runs/rough64-{name}", place, options.threads)
        run = place / "runs" / f"rough64-{name}"
        results[name] = result(run, run / "eval" / "test")
    publish("results/darcy_rough", page(results, machine(options.threads)), results, place)


if __name__ == "__main__":
    main()
