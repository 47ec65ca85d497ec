"""Published tasks beside their published or measured figures: writes docs/results/results.md and the raw figures.

    python benchmarks/results.py --reference FOLDER [--place FOLDER] [--threads N] [--page]

FOLDER holds neuraloperator/darcy_{train,test}_{16,32}.pt, as the wheel neuraloperator 0.3.0 ships them. Everything runs
through the command line; what is finished is not run again. Test data are read by `surrogate eval` alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from _table import ROOT, filled, keep, parser, percent, result, stored, surrogate, write_page

EXPERIMENTS = {"burgers_fno": "runs/burgers-fno", "navier_stokes_fno": "runs/navier_stokes-fno"}


def darcy(reference: Path, place: Path, threads: int) -> dict[str, Any]:
    """Train on neuraloperator's small Darcy set at 16 x 16, evaluate at 16 x 16 and at 32 x 32."""
    folder = reference / "neuraloperator"
    for name, split, out in (
        ("darcy_train_16", "[0.9,0.1,0.0]", "darcy16"),
        ("darcy_test_16", "[0,0,1]", "darcy16-test"),
        ("darcy_test_32", "[0,0,1]", "darcy32-test"),
    ):
        if not (place / "data" / out).exists():
            words = f"data convert input={folder / name}.pt format=neuraloperator split={split} out=data/{out}"
            surrogate(words, place, threads)
    results = {}
    for model in ("fno", "mgno"):
        run = f"runs/darcy16-{model}"
        surrogate(f"train data=data/darcy16 model={model} trainer.epochs=50 seed=0 out={run}", place, threads)
        for points in (16, 32):
            out = place / run / "eval" / f"test{points}"
            surrogate(f"eval run={run} data=data/darcy{points}-test split=test out={out}", place, threads)
            results[f"{model} at {points}"] = result(place / run, out)
    return results


def page(raw: dict[str, Any]) -> str:
    """Return docs/results/results.md."""

    def error(name: str, metric: str = "relative_l2") -> str:
        return percent(raw[name]["evaluation"]["metrics"][metric])

    persistence = raw["navier_stokes_fno"]["evaluation"]["baselines"]["persistence"]["rollout_relative_l2"]
    return filled("results", raw=raw, error=error, persistence=percent(persistence))


def main() -> None:
    """Run what is missing and write the page."""
    arguments = parser(__doc__, place=ROOT, threads=2, page=True)
    arguments.add_argument("--reference", type=Path, help="the files of neuraloperator, as above")
    options = arguments.parse_args()
    if not options.page:
        if options.reference is None:
            arguments.error("--reference is needed to measure")
        measure(options.reference.absolute(), options.place, options.threads)
    write_page("results/results", page(stored("results")))


def measure(reference: Path, place: Path, threads: int) -> None:
    """Run what is missing in ``place``, and keep the figures."""
    place.mkdir(parents=True, exist_ok=True)
    results = darcy(reference, place, threads)
    for name, run in EXPERIMENTS.items():
        surrogate(f"run experiment={name}", place, threads)
        results[name] = result(place / run, place / run / "eval" / "test")
    keep("results", results, threads, place)


if __name__ == "__main__":
    main()
