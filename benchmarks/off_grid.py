"""MgNO off its training grid: learned at 64 x 64, measured at 32, 128 and 256; writes docs/guide/off_grid.md.

    python benchmarks/off_grid.py [--place FOLDER] [--threads N] [--only RUN]

Data, training and evaluation run through the command line; what is finished is not run again. Sample k of the test
split is the same random function on every grid, solved there anew. One trained MgNO is measured in five ways, of which
all but the last need nothing but its weights; that one learns its correction from them here, as training does where
its settings say ``off_grid=refine``. ``--only`` trains one run and stops.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from datetime import date
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from _table import ROOT, machine, publish, result, surrogate
from torch import Tensor

from surrogate.config.compose import compose_tree
from surrogate.datasets.dataset import open_dataset
from surrogate.norms import h1_fd, relative_l2
from surrogate.predictors import runs
from surrogate.predictors.surrogate import build
from surrogate.predictors.surrogate_settings import OffGridConfig
from surrogate.registry import metric_label
from surrogate.spaces import Split
from surrogate.training.off_grid import learn_refinement

TRAINED, GRIDS = 64, (32, 64, 128, 256)
# What was measured, by grid; raw figures name the grid in words.
Figures = dict[str, dict[str, Any]]
RECIPES = {"rough": "darcy_rough", "log_normal": "darcy_log_normal"}
LEARN = "grid=64 count.train=1000 count.valid=100 count.test=200 workers=2"
MEASURE = "count.train=1 count.valid=16 count.test=48 certificate.samples=0"
# The rough ones are whole experiments; the others are short, as the question is the ratio between grids.
MODELS = {
    "rough-mgno": ("experiment=small_darcy_rough off_grid=interpolate", "small_darcy_rough"),
    "rough-fno": ("experiment=small_darcy_rough_fno", "small_darcy_rough_fno"),
    "log_normal-mgno": ("model=mgno trainer.epochs=10", "log_normal-mgno"),
    "log_normal-fno": ("model=fno loss=h1_fd model.n_modes=16 trainer.epochs=8", "log_normal-fno"),
}
WAYS = {
    "model": "MgNO as it is",
    "bicubic": "MgNO on averages at 64², torch's bicubic up",
    "interpolate": "MgNO on interleaved 64², fourth order up (`off_grid=interpolate`)",
    "refine": "MgNO on interleaved 64², refined (`off_grid=refine`)",
    "fno": "FNO as it is",
}


METHOD = """
# MgNO off its training grid

The stencils of a V-cycle are in units of grid points. On another grid the same weights are another map, and a plain
MgNO falls apart there. `off_grid` says what is done instead, and the run keeps it: `surrogate eval data=OTHER` and
`surrogate predict` do it by themselves and say so. A file that `surrogate export` writes takes the training grid alone.

- `off_grid=interpolate` (the default): the cells of a grid twice as fine hold four fields on the training grid,
  interleaved. The model answers each of the four, the mean of the answers is taken and interpolated to fourth order.
  On a grid four times as fine this happens twice, with sixteen answers.
- `off_grid=refine`: on every finer grid the interpolated answer is also corrected, a few times, by
  `u <- u + E (G(a) . D u) + h^2 c(a)`: `D` are stencils of differences, `G` and `c` small convolutional networks that
  read the inputs on that grid, `E` stencils. It is linear in the solution and the right-hand side together, as the
  correction of an elliptic equation of second order is. Seen from close, such an equation is the same on every scale
  but for `h^2` at its right-hand side, so one set of weights serves on every grid. No equation is given to it.
- `off_grid=model`: the plain model, for comparison.

**Why not averages.** To average the inputs down is what one does first, and what it loses no correction of short reach
brings back: a coefficient of two values becomes one of many, for which the model has never learned an answer, and the
solution of the averaged equation is another one on the longest waves too. Every interleaved field is one of the kind
that the model knows. It lies a quarter of a cell aside, and that cancels in the mean of the four answers; for a linear
map the two are the same. What is left is short, at the jumps of the coefficient, and that is what the correction mends.

The correction is learned when the model has learned, from the training data alone: the finished model answers the
fields that lie interleaved in them on half their grid (each copied up, the answer averaged down), and what is missing
to the labels on the training grid is learned, by SOAP. Later it is used from the training grid on, where it has never
been: 64² to 128², and again to 256².

Torch's bicubic, the comparison, takes the last value for what lies beyond a wall, and there lies a large part of its
error in H1 by differences; interpolation to fourth order has a parabola go on.

The model does as much work for a point as on its own grid: four answers at 128², sixteen at 256².

At half the training grid there is nothing to refine: the coefficient of a coarse cell is copied to its parts, which
for coefficients constant on cells is the same function, the model answers on its own grid, and the answer is averaged.

Some of what is left at 128² and 256² is of the labels. Those of the rough permeability are solved on cells four times
smaller than their own, and so lie a little above the solution of the equation at 64² (0.12 %, says their recipe), less
on finer grids. The model has learned them as they are.

Where it does not apply: equations that are not of second order lose the scaling by `h^2`, several frames or lead times
among the inputs are refused, and of values at nodes (not means of cells) there is one choice on the coarser grid
instead of four, those that both grids share.
"""


def as_way(run: Path, method: str, data: Path) -> Path:
    """Return a copy of a run that meets other grids by another method, with the same weights of the model.

    A correction is learned from them as at the end of training, from the same settings, in one go.
    """
    copy = run.with_name(f"{run.name}-{method}")
    if (copy / "run.json").is_file():
        return copy
    found, record = runs.load_run(run), runs.read_record(run)
    chosen = OffGridConfig.model_validate(compose_tree("train", [f"off_grid={method}", f"data={data}"])["off_grid"])
    settings = record.settings.model_copy(update={"off_grid": chosen, "out": copy})
    made = build(settings, record.problem)
    new, old = made.state_dict(), found.surrogate.state_dict()
    made.load_state_dict(new | {name: value for name, value in old.items() if name in new})
    metrics = dict(record.metrics)
    if method == "refine":
        began = time.process_time()
        train, valid = (pairs(data, split, chosen.samples) for split in ("train", "valid"))
        metrics |= learn_refinement(settings, made.eval(), train, valid, lambda: False)
        metrics["refinement_seconds"] = time.process_time() - began
    copied = record.model_copy(update={"settings": settings, "metrics": metrics})
    runs.save_run(copy, made, copied, found.examples)
    return copy


def pairs(data: Path, split: Split, most: int) -> tuple[Tensor, Tensor]:
    """Return inputs and outputs of a split, evenly chosen."""
    constants, states = (torch.from_numpy(array) for array in open_dataset(data).read(split))
    every = -(-len(constants) // most)
    return constants[::every], states[::every, 0]


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
        "relative_l2": relative_l2(back, truth, problem.target),
        "h1_fd": h1_fd(back, truth, problem.target),
    }
    return {"metrics": {name: {"mean": float(values.double().mean())} for name, values in errors.items()}}


def row(name: str, found: Figures) -> str:
    """Return a line of the table: relative L2 / H1 by differences in percent on each grid, and over the trained one."""
    cells, at = [], found[str(TRAINED)]["metrics"]
    for grid in GRIDS:
        metrics = found[str(grid)]["metrics"]
        l2, h1 = (metrics[metric]["mean"] for metric in ("relative_l2", "h1_fd"))
        cells.append(f"{100 * l2:.2f} / {100 * h1:.2f}")
        if grid > TRAINED:
            cells[-1] += f" ({l2 / at['relative_l2']['mean']:.2f}, {h1 / at['h1_fd']['mean']:.2f})"
    return f"| {name} | " + " | ".join(cells) + " |"


def bars(found: dict[str, Figures]) -> list[str]:
    """Return what of the refined answer is within its bars: both errors over those at 64², and under bicubic's."""
    lines = []
    for grid in (grid for grid in GRIDS if grid > TRAINED):
        for metric, most in (("relative_l2", 1.5), ("h1_fd", 2.0)):
            here, own, other = (
                found[way][str(at)]["metrics"][metric]["mean"]
                for way, at in (("refine", grid), ("refine", TRAINED), ("bicubic", grid))
            )
            held = "held" if here <= most * own else "missed"
            lines.append(
                f"- {grid}², {metric_label(metric)}: {here / own:.2f} times that at 64², at most {most} wanted: {held};"
                f" {other / here:.1f} times less than averages and bicubic."
            )
    return lines


def seconds(folders: dict[str, Path], place: Path, recipe: str) -> dict[str, dict[str, float]]:
    """Return processor seconds a sample, one thread: medians over rounds in which the ways take turns."""
    torch.set_num_threads(1)
    ways = {way: runs.load_run(folder).surrogate for way, folder in folders.items()}
    found: dict[str, dict[str, float]] = {way: {} for way in ways}
    for grid in GRIDS:
        inputs = torch.from_numpy(open_dataset(place / f"data/off_grid/{RECIPES[recipe]}-{grid}").read("valid")[0][:2])
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(4):
            for way, made in ways.items():
                began = time.process_time()
                with torch.inference_mode():
                    made(inputs)
                taken[way].append((time.process_time() - began) / len(inputs))
        for way, rounds in taken.items():
            found[way][str(grid)] = statistics.median(rounds[1:])
    return found


def cost(found: dict[str, dict[str, float]]) -> list[str]:
    """Return the table of milliseconds a sample."""
    lines = ["| | 32² | 64² | 128² | 256² |", "|---|--:|--:|--:|--:|"]
    for way, grids in found.items():
        lines.append(f"| {WAYS[way]} | " + " | ".join(f"{1000 * grids[str(grid)]:.0f} ms" for grid in GRIDS) + " |")
    return lines


def table(results: dict[str, Any]) -> list[str]:
    """Return what was measured of every recipe, and what a sample costs."""
    lines = [
        "Test split, 48 samples a grid, the same functions on each: mean relative L2 / H1 by differences in percent,",
        "and in brackets both over what the run has at 64². One seed. Epochs: "
        + ", ".join(
            f"{found['runs'][run]['metrics']['epochs']:.0f} of {name} on {RECIPES[recipe]}"
            for recipe, found in results.items()
            for run, name in (("refine", "MgNO"), ("fno", "FNO"))
        )
        + ".",
    ]
    for recipe, found in results.items():
        lines += ["", f"**{RECIPES[recipe]}**", "", "| | 32² | 64² | 128² | 256² |", "|---|--:|--:|--:|--:|"]
        lines += [row(text, found["ways"][way]) for way, text in WAYS.items()]
        metrics = found["runs"]["refine"]["metrics"]
        lines += ["", "Refined:", "", *bars(found["ways"])]
        lines += [
            f"- From 32² back to 64², validation data, H1 by differences:"
            f" {100 * metrics['half_grid_interpolated']:.2f} % interpolated,"
            f" {100 * metrics['half_grid_refined']:.2f} % refined; learned in"
            f" {metrics['refinement_seconds']:.0f} s of processor time."
        ]
    lines += ["", "Processor time of one sample, one thread, batches of two, medians of three rounds:", ""]
    return lines + cost(next(iter(results.values()))["seconds"])


def page(results: dict[str, Any], where: str) -> list[str]:
    """Return the page of docs/."""
    lines = METHOD.strip().splitlines()
    lines += ["", "## Measured", "", f"Written by `python benchmarks/off_grid.py` on {date.today()}; {where}.", ""]
    lines += table(results)
    lines += ["", "The commands, for the rough permeability:", "", "```sh"]
    lines += [f"surrogate generate recipe=darcy_rough {LEARN} out=data/darcy_rough-64"]
    for name in ("rough-mgno", "rough-fno"):
        words = MODELS[name][0].replace("off_grid=interpolate", "off_grid=refine")
        lines.append(f"surrogate train {words} data=data/darcy_rough-64 out=runs/{name}")
    lines += [f"surrogate generate recipe=darcy_rough grid=256 {MEASURE} out=data/off_grid/darcy_rough-256"]
    lines += ["surrogate eval run=runs/rough-mgno data=data/off_grid/darcy_rough-256", "```"]
    return lines


def measured(place: Path, recipe: str, threads: int) -> dict[str, Any]:
    """Return the figures of every way on every grid."""
    learned = place / "data" / f"{RECIPES[recipe]}-64"
    folder = {name: place / "runs" / MODELS[f"{recipe}-{name}"][1] for name in ("mgno", "fno")}
    run = {method: as_way(folder["mgno"], method, learned) for method in ("model", "interpolate", "refine")}
    run["fno"] = folder["fno"]
    ways: dict[str, Figures] = {way: {} for way in WAYS}
    for grid in GRIDS:
        data = f"data/off_grid/{RECIPES[recipe]}-{grid}"
        for way, of in run.items():
            out = of / "eval" / f"test-{grid}"
            surrogate(f"eval run={of.relative_to(place)} data={data} out={out.relative_to(place)}", place, threads)
            found = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
            ways[way][str(grid)] = {"metrics": found["metrics"]}
        ways["bicubic"][str(grid)] = bicubic(run["interpolate"], place / data)
    kept = {name: result(run[name], run[name] / "eval" / f"test-{TRAINED}")["run"] for name in ("refine", "fno")}
    return {"runs": kept, "ways": ways, "seconds": seconds(run, place, recipe)}


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
        for name, (words, run) in MODELS.items():
            if name.startswith(short) and options.only in (None, name):
                surrogate(f"train {words} data=data/{recipe}-64 out=runs/{run}", place, options.threads)
        for grid in GRIDS:
            surrogate(f"generate recipe={recipe} grid={grid} {MEASURE} out=data/off_grid/{recipe}-{grid}", place, 1)
    if options.only is None:
        results = {short: measured(place, short, options.threads) for short in RECIPES}
        publish("guide/off_grid", page(results, machine(options.threads)), results, place)


if __name__ == "__main__":
    main()
