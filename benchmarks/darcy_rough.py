"""Five neural operators on rough Darcy flow at 64 x 64: docs/results/darcy_rough.md and the raw figures.

    python benchmarks/darcy_rough.py [--place FOLDER] [--threads N] [--page]

Everything runs through the command line, so that anybody can repeat any row; what is finished is not run again. The
test split is read once, by `surrogate eval`, when all training is done. With --page only the page is written anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from _table import ROOT, filled, keep, markdown, parser, percent, result, stored, surrogate, write_page

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


def page(raw: dict[str, Any]) -> str:
    """Return docs/results/darcy_rough.md."""
    rows = []
    for name in RUNS:
        run, metrics = raw[name]["run"], raw[name]["evaluation"]["metrics"]
        errors = (percent(metrics[metric]) for metric in METRICS)
        rows.append((name, f"{run['parameters']:,}", f"{run['seconds']:.0f}", *errors))
    for name, metrics in raw["mgno"]["evaluation"]["baselines"].items():
        errors = (percent(metrics.get(metric)) for metric in METRICS)
        rows.append((f"baseline: {name.replace('_', ' ')}", "", "", *errors))
    heads = ("model", "parameters", "training, s", "relative L2", "H1 by differences", "H1 as in MgNO")
    return filled("darcy_rough", raw=raw, generate=GENERATE, runs=RUNS, table=markdown(heads, rows))


def main() -> None:
    """Run what is missing and write the page."""
    options = parser(__doc__, place=ROOT, threads=2, page=True).parse_args()
    if not options.page:
        measure(options.place, options.threads)
    write_page("results/darcy_rough", page(stored("darcy_rough")))


def measure(place: Path, threads: int) -> None:
    """Run what is missing in ``place``, and keep the figures."""
    place.mkdir(parents=True, exist_ok=True)
    surrogate(f"generate {GENERATE} out=data/rough64", place, 1)
    for name, words in RUNS.items():
        surrogate(f"train data=data/rough64 {words} out=runs/rough64-{name}", place, threads)
    results = {}
    for name in RUNS:
        surrogate(f"eval run=runs/rough64-{name}", place, threads)
        run = place / "runs" / f"rough64-{name}"
        results[name] = result(run, run / "eval" / "test")
    keep("darcy_rough", results, threads, place)


if __name__ == "__main__":
    main()
