"""MgNO off its training grid: learned at 64 x 64, measured against solves at 32, 128 and 256; writes docs/off_grid.md.

    python benchmarks/off_grid.py [--place FOLDER] [--threads N] [--only RUN]

Data, training and evaluation run through the command line; what is finished is not run again. Sample k of the test
split is the same random function on every grid, solved there anew. One trained MgNO is measured in four ways, of which
the first three need nothing but its weights. ``--only`` trains one run and stops.
"""

from __future__ import annotations

import argparse
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from _table import ROOT, machine, publish, result, surrogate

from surrogate import runs
from surrogate.datasets.dataset import open_dataset
from surrogate.norms import h1_fd, relative_l2
from surrogate.physical import build

TRAINED, GRIDS = 64, (32, 64, 128, 256)
RECIPES = {"rough": "darcy_rough", "log_normal": "darcy_log_normal"}
LEARN = "grid=64 count.train=1000 count.valid=100 count.test=200 workers=2"
MEASURE = "count.train=1 count.valid=16 count.test=48 certificate.samples=0"
# The rough one is the whole small_darcy_rough; the others are short, as the question is the ratio between grids.
MODELS = {
    "rough-mgno": "experiment=small_darcy_rough off_grid=refine",
    "rough-fno": "model=fno loss=h1_fd model.n_modes=16 trainer.epochs=12",
    "log_normal-mgno": "model=mgno off_grid=refine trainer.epochs=14",
    "log_normal-fno": "model=fno loss=h1_fd model.n_modes=16 trainer.epochs=12",
}
WAYS = {
    "model": "MgNO as it is",
    "bicubic": "MgNO at 64², averages down, torch's bicubic up",
    "interpolate": "MgNO at 64², averages down, fourth order up (`off_grid=interpolate`)",
    "refine": "MgNO at 64², refined (`off_grid=refine`)",
    "fno": "FNO as it is",
}


METHOD = """
# MgNO off its training grid

The stencils of a V-cycle are in units of grid points. On another grid the same weights are another map, and a plain
MgNO falls apart there. `off_grid` says what is done instead, and the run keeps it: `surrogate eval data=OTHER` and
`surrogate predict` do it by themselves and say so. A file that `surrogate export` writes takes the training grid alone.

- `off_grid=interpolate` (the default): the inputs are brought to the training grid, cells by their means, the model
  answers there, and the answer is interpolated to fourth order, half the spacing at a time.
- `off_grid=refine`: on every finer grid the interpolated answer is also corrected, a few times, by
  `u <- u + E (G(a) . D u) + h^2 c(a)`: `D` are stencils of differences, `G` and `c` small convolutional networks that
  read the inputs on that grid, `E` stencils. It is linear in the solution and the right-hand side together, as the
  correction of an elliptic equation of second order is. Seen from close, such an equation is the same on every scale
  but for `h^2` at its right-hand side, so one set of weights serves on every grid. No equation is given to it.
- `off_grid=model`: the plain model, for comparison.

The correction is learned when the model has learned, from the training data alone: they are averaged to half their
grid, the finished model answers there (its inputs copied up, its answer averaged down), and what is missing to the
labels on the training grid is learned. So it also sees, and mends, what the model makes of averaged coefficients.
Later it is used from the training grid on, where it has never been: 64² to 128², and again to 256².

At half the training grid there is nothing to refine: the coefficient of a coarse cell is copied to its parts, which
for coefficients constant on cells is the same function, the model answers on its own grid, and the answer is averaged.

Where it does not apply: equations that are not of second order lose the scaling by `h^2`, several frames or lead times
among the inputs are refused, and what a coarse cell cannot tell (waves shorter than it) no correction brings back.
"""


def as_way(run: Path, method: str) -> Path:
    """Return a copy of a run that meets other grids by another method, with the same weights of the model."""
    copy = run.with_name(f"{run.name}-{method}")
    record = runs.read_record(run)
    chosen = record.settings.off_grid.model_copy(update={"method": method})
    settings = record.settings.model_copy(update={"off_grid": chosen, "out": copy})
    made = build(settings, record.problem)
    weights = runs.load_run(run).surrogate.state_dict()
    made.load_state_dict({name: weights[name] for name in made.state_dict()})
    shutil.rmtree(copy, ignore_errors=True)
    runs.save_run(copy, made, record.model_copy(update={"settings": settings}), runs.load_run(run).examples)
    return copy


def bicubic(run: Path, data: Path) -> dict[str, Any]:
    """Return the mean errors of the model on its own grid, its answer brought to that of the data by bicubic."""
    found, dataset = runs.load_run(run), open_dataset(data)
    constants, states = (torch.from_numpy(array) for array in dataset.read("test"))
    problem, truth = dataset.spec.problem("map"), states[:, 0]
    at = (TRAINED, TRAINED)
    with torch.inference_mode():
        down = [F.interpolate(block, at, mode="area") for block in constants.split(8)]
        answers = torch.cat([found.surrogate(block) for block in down])
    back = F.interpolate(answers, truth.shape[2:], mode="bicubic" if truth.shape[2] > TRAINED else "area")
    errors = {
        "relative_l2": relative_l2(back, truth, problem.grid, problem.boundary),
        "h1_fd": h1_fd(back, truth, problem.grid, problem.boundary),
    }
    return {"metrics": {name: {"mean": float(values.double().mean())} for name, values in errors.items()}}


def row(name: str, found: dict[int, dict[str, Any]]) -> str:
    """Return a line of the table: relative L2 / h1_fd in percent on every grid, and over those at the trained one."""
    cells, at = [], found[TRAINED]["metrics"]
    for grid in GRIDS:
        metrics = found[grid]["metrics"]
        l2, h1 = (metrics[metric]["mean"] for metric in ("relative_l2", "h1_fd"))
        cells.append(f"{100 * l2:.2f} / {100 * h1:.2f}")
        if grid > TRAINED:
            cells[-1] += f" ({l2 / at['relative_l2']['mean']:.2f}, {h1 / at['h1_fd']['mean']:.2f})"
    return f"| {name} | " + " | ".join(cells) + " |"


def cost(ways: dict[str, dict[int, dict[str, Any]]]) -> list[str]:
    """Return the table of milliseconds a sample."""
    lines = ["| | 32² | 64² | 128² | 256² |", "|---|--:|--:|--:|--:|"]
    for way in ("model", "refine", "fno"):
        cells = (f"{1000 * ways[way][grid]['seconds_per_sample']:.0f} ms" for grid in GRIDS)
        lines.append(f"| {WAYS[way]} | " + " | ".join(cells) + " |")
    return lines


def page(results: dict[str, Any], where: str) -> list[str]:
    """Return the page of docs/."""
    lines = METHOD.strip().splitlines()
    lines += ["", "## Measured", "", f"Written by `python benchmarks/off_grid.py` on {date.today()}; {where}.", ""]
    lines += [
        "Test split, 48 samples a grid, the same functions on each: mean relative L2 / `h1_fd` in percent, and in",
        "brackets both over what the run has at 64². One seed.",
    ]
    for recipe, found in results.items():
        lines += ["", f"### {RECIPES[recipe]}", "", "| | 32² | 64² | 128² | 256² |", "|---|--:|--:|--:|--:|"]
        lines += [row(text, found["ways"][way]) for way, text in WAYS.items()]
        metrics = found["runs"]["mgno"]["metrics"]
        lines += [
            "",
            f"On validation data, from 32² back to 64²: {100 * metrics['half_grid_interpolated']:.2f} % `h1_fd`"
            f" interpolated, {100 * metrics['half_grid_refined']:.2f} % refined.",
        ]
    lines += ["", "## Seconds", "", "Of one sample in batches as `surrogate eval` takes them, on a shared machine.", ""]
    lines += cost(next(iter(results.values()))["ways"])
    lines += ["", "The commands, for the rough permeability:", "", "```sh"]
    lines += [f"surrogate generate recipe=darcy_rough {LEARN} out=data/darcy_rough-64"]
    for name in ("rough-mgno", "rough-fno"):
        lines.append(f"surrogate train {MODELS[name]} data=data/darcy_rough-64 out=runs/{name}")
    lines += [f"surrogate generate recipe=darcy_rough grid=256 {MEASURE} out=data/off_grid/darcy_rough-256"]
    lines += ["surrogate eval run=runs/rough-mgno data=data/off_grid/darcy_rough-256", "```"]
    return lines


def measured(place: Path, recipe: str, threads: int) -> dict[str, Any]:
    """Return the figures of every way on every grid."""
    folder = {name: place / "runs" / f"{recipe}-{name}" for name in ("mgno", "fno")}
    run = {"refine": folder["mgno"], "fno": folder["fno"]}
    run |= {method: as_way(folder["mgno"], method) for method in ("model", "interpolate")}
    ways: dict[str, dict[int, dict[str, Any]]] = {way: {} for way in WAYS}
    for grid in GRIDS:
        data = f"data/off_grid/{RECIPES[recipe]}-{grid}"
        for way, of in run.items():
            out = of / "eval" / f"test-{grid}"
            surrogate(f"eval run={of.relative_to(place)} data={data} out={out.relative_to(place)}", place, threads)
            ways[way][grid] = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
        ways["bicubic"][grid] = bicubic(run["interpolate"], place / data)
    kept = {name: result(of, of / "eval" / f"test-{TRAINED}")["run"] for name, of in folder.items()}
    return {"runs": kept, "ways": ways}


def main() -> None:
    """Run what is missing and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--place", type=Path, default=ROOT, help="where data/ and runs/ go")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", help="train this run, such as rough-mgno, and stop")
    options = parser.parse_args()
    place: Path = options.place.absolute()
    place.mkdir(parents=True, exist_ok=True)
    for short, recipe in RECIPES.items():
        surrogate(f"generate recipe={recipe} {LEARN} out=data/{recipe}-64", place, 1)
        for name, words in MODELS.items():
            if name.startswith(short) and options.only in (None, name):
                surrogate(f"train {words} data=data/{recipe}-64 out=runs/{name}", place, options.threads)
        for grid in GRIDS:
            surrogate(f"generate recipe={recipe} grid={grid} {MEASURE} out=data/off_grid/{recipe}-{grid}", place, 1)
    if options.only is None:
        results = {short: measured(place, short, options.threads) for short in RECIPES}
        publish("off_grid", page(results, machine(options.threads)), results, place)


if __name__ == "__main__":
    main()
