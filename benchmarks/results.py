"""Published tasks beside their published or measured figures: writes docs/results/results.md and the raw figures.

    python benchmarks/results.py --reference FOLDER [--place FOLDER] [--threads N]

FOLDER holds neuraloperator/darcy_{train,test}_{16,32}.pt, as the wheel neuraloperator 0.3.0 ships them. Everything runs
through the command line; what is finished is not run again. Test data are read by `surrogate eval` alone.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from _table import ROOT, machine, percent, publish, result, surrogate

# Measured with neuraloperator 2.0.0: 16 modes, 32 channels, 4 layers, 50 epochs, all 1000 samples.
PEER = "| FNO of neuraloperator 2.0.0 | 9.76 | 15.6 |"
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
    found = {}
    for model in ("fno", "mgno"):
        run = f"runs/darcy16-{model}"
        surrogate(f"train data=data/darcy16 model={model} trainer.epochs=50 seed=0 out={run}", place, threads)
        for points in (16, 32):
            out = place / run / "eval" / f"test{points}"
            surrogate(f"eval run={run} data=data/darcy{points}-test split=test out={out}", place, threads)
            found[f"{model} at {points}"] = result(place / run, out)
    return found


def page(found: dict[str, dict[str, Any]], where: str) -> list[str]:
    """Return the page of docs/."""

    def figure(name: str, metric: str) -> str:
        return percent(found[name]["evaluation"]["metrics"][metric])

    flow = found["navier_stokes_fno"]["evaluation"]
    persistence = percent(flow["baselines"]["persistence"]["rollout_relative_l2"])
    return [
        "# Published tasks",
        "",
        f"Written by `python benchmarks/results.py` on {date.today()}; {where}.",
        "Relative L2 on test data: mean and 95 % interval over samples, in percent. One seed.",
        "",
        "## Darcy flow that others made",
        "",
        "`darcy_train_16.pt` of neuraloperator, 900 samples to train, 100 to select; 50 test samples, at 16 x 16 and,",
        "without retraining, at 32 x 32. `surrogate train data=data/darcy16 model=MODEL trainer.epochs=50 seed=0`.",
        "",
        "| model | 16 x 16 | 32 x 32 |",
        "|---|--:|--:|",
        *(
            f"| {model} | {figure(f'{model} at 16', 'relative_l2')} | {figure(f'{model} at 32', 'relative_l2')} |"
            for model in ("fno", "mgno")
        ),
        PEER,
        "",
        "## Flows in time",
        "",
        "| task | command | relative L2 |",
        "|---|---|--:|",
        f"| Burgers, viscosity 0.1, 128 points, u(0) to u(1) | `surrogate run experiment=burgers_fno` "
        f"| {figure('burgers_fno', 'relative_l2')} |",
        f"| Navier-Stokes, viscosity 1e-3, 64 x 64, frame to frame | `surrogate run experiment=navier_stokes_fno` "
        f"| {figure('navier_stokes_fno', 'relative_l2')} |",
        f"| the same, mean over a roll-out of 10 frames | | {figure('navier_stokes_fno', 'rollout_relative_l2')} |",
        f"| persistence over the same frames (baseline) | | {persistence} |",
    ]


def main() -> None:
    """Run what is missing and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--place", type=Path, default=ROOT, help="where data/ and runs/ go")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    place: Path = options.place.absolute()
    place.mkdir(parents=True, exist_ok=True)
    found = darcy(options.reference.absolute(), place, options.threads)
    for name, run in EXPERIMENTS.items():
        surrogate(f"run experiment={name}", place, options.threads)
        found[name] = result(place / run, place / run / "eval" / "test")
    publish("results/results", page(found, machine(options.threads)), found, place)


if __name__ == "__main__":
    main()
