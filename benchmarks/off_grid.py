"""MgNO off its training grid: learned at 64 x 64, measured at 32, 128 and 256; writes docs/guide/off_grid.md.

    python benchmarks/off_grid.py [--place FOLDER] [--threads N] [--only RUN] [--page]

Data, training and evaluation run through the command line; what is finished is not run again. Sample k of the test
split is the same random function on every grid, solved there anew. One trained MgNO is measured in five ways, of which
all but the last need nothing but its weights; that one learns its correction from them here, as training does where
its settings say ``off_grid=refine``. ``--only`` trains one run and stops.
"""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from _table import ROOT, filled, keep, markdown, parser, result, stored, surrogate, write_page
from torch import Tensor

from surrogate.config.compose import compose_tree
from surrogate.datasets.dataset import open_dataset
from surrogate.norms import h1_fd, relative_l2
from surrogate.predictors import runs
from surrogate.predictors.surrogate import build
from surrogate.predictors.surrogate_settings import OffGridConfig, RecordedSettings
from surrogate.registry import metric_label
from surrogate.spaces import Split
from surrogate.training.off_grid import learn_refinement
from surrogate.training.opening import settings_of

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


def as_way(run: Path, method: str, data: Path) -> Path:
    """Return a copy of a run that meets other grids by another method, with the same weights of the model.

    A correction is learned from them as at the end of training, from the same settings, in one go.
    """
    copy = run.with_name(f"{run.name}-{method}")
    if (copy / "run.json").is_file():
        return copy
    trained, record = runs.load_run(run), runs.read_record(run)
    chosen = OffGridConfig.model_validate(compose_tree("train", [f"off_grid={method}", f"data={data}"])["off_grid"])
    settings = settings_of(record, run).model_copy(update={"off_grid": chosen, "out": copy})
    made = build(settings, record.problem)
    new, old = made.state_dict(), trained.surrogate.state_dict()
    made.load_state_dict(new | {name: value for name, value in old.items() if name in new})
    metrics = dict(record.metrics)
    if method == "refine":
        began = time.process_time()
        train, valid = (pairs(data, split, chosen.samples) for split in ("train", "valid"))
        metrics |= learn_refinement(settings, made.eval(), train, valid, lambda: False)
        metrics["refinement_seconds"] = time.process_time() - began
    copied = record.model_copy(update={"settings": RecordedSettings.of(settings), "metrics": metrics})
    runs.save_run(copy, made, copied, trained.examples)
    return copy


def pairs(data: Path, split: Split, most: int) -> tuple[Tensor, Tensor]:
    """Return inputs and outputs of a split, evenly chosen."""
    constants, states = (torch.from_numpy(array) for array in open_dataset(data).read(split))
    every = -(-len(constants) // most)
    return constants[::every], states[::every, 0]


def bicubic(run: Path, data: Path) -> dict[str, Any]:
    """Return the mean errors of the model on its own grid, its answer brought to that of the data by bicubic."""
    model, dataset = runs.load_run(run).surrogate, open_dataset(data)
    constants, states = (torch.from_numpy(array) for array in dataset.read("test"))
    problem, truth = dataset.spec.problem("map"), states[:, 0]
    at = (TRAINED, TRAINED)
    with torch.inference_mode():
        down = [F.interpolate(block, at, mode="area") for block in constants.split(8)]
        answers = torch.cat([model(block) for block in down])
    back = F.interpolate(answers, truth.shape[2:], mode="bicubic" if truth.shape[2] > TRAINED else "area")
    errors = {
        "relative_l2": relative_l2(back, truth, problem.target),
        "h1_fd": h1_fd(back, truth, problem.target),
    }
    return {"metrics": {name: {"mean": float(values.double().mean())} for name, values in errors.items()}}


def errors_row(way: str, grids: Figures) -> list[str]:
    """Return a line of the table: relative L2 / H1 by differences in percent on each grid, and over the trained one."""
    cells, at = [WAYS[way]], grids[str(TRAINED)]["metrics"]
    for grid in GRIDS:
        metrics = grids[str(grid)]["metrics"]
        l2, h1 = (metrics[metric]["mean"] for metric in ("relative_l2", "h1_fd"))
        cells.append(f"{100 * l2:.2f} / {100 * h1:.2f}")
        if grid > TRAINED:
            cells[-1] += f" ({l2 / at['relative_l2']['mean']:.2f}, {h1 / at['h1_fd']['mean']:.2f})"
    return cells


def bars(ways: dict[str, Figures]) -> list[str]:
    """Return what of the refined answer is within its bars: both errors over those at 64², and under bicubic's."""
    lines = []
    for grid in (grid for grid in GRIDS if grid > TRAINED):
        for metric, most in (("relative_l2", 1.5), ("h1_fd", 2.0)):
            here, own, other = (
                ways[way][str(at)]["metrics"][metric]["mean"]
                for way, at in (("refine", grid), ("refine", TRAINED), ("bicubic", grid))
            )
            verdict = "held" if here <= most * own else "missed"
            lines.append(
                f"{grid}², {metric_label(metric)}: {here / own:.2f} times that at 64², at most {most} wanted:"
                f" {verdict}; {other / here:.1f} times less than averages and bicubic."
            )
    return lines


def seconds(folders: dict[str, Path], place: Path, recipe: str) -> dict[str, dict[str, float]]:
    """Return processor seconds a sample, one thread: medians over rounds in which the ways take turns."""
    torch.set_num_threads(1)
    ways = {way: runs.load_run(folder).surrogate for way, folder in folders.items()}
    medians: dict[str, dict[str, float]] = {way: {} for way in ways}
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
            medians[way][str(grid)] = statistics.median(rounds[1:])
    return medians


def table(raw: dict[str, Any]) -> str:
    """Return what was measured of every recipe, and what a sample costs."""
    heads, recipes, epochs = ["", *(f"{grid}²" for grid in GRIDS)], [], []
    for short, recipe in RECIPES.items():
        ways, of = raw[short]["ways"], raw[short]["runs"]
        for run, model in (("refine", "MgNO"), ("fno", "FNO")):
            epochs.append(f"{of[run]['metrics']['epochs']:.0f} of {model} on {recipe}")
        metrics = of["refine"]["metrics"]
        figures = {
            "name": recipe,
            "errors": markdown(heads, [errors_row(way, ways[way]) for way in WAYS]),
            "bars": bars(ways),
            "interpolated": f"{100 * metrics['half_grid_interpolated']:.2f}",
            "refined": f"{100 * metrics['half_grid_refined']:.2f}",
            "seconds": f"{metrics['refinement_seconds']:.0f}",
        }
        recipes.append(figures)
    taken = raw[next(iter(RECIPES))]["seconds"]
    cost = [[WAYS[way], *(f"{1000 * grids[str(grid)]:.0f} ms" for grid in GRIDS)] for way, grids in taken.items()]
    return filled("off_grid_measured", epochs=epochs, recipes=recipes, cost=markdown(heads, cost))


def page(raw: dict[str, Any]) -> str:
    """Return docs/guide/off_grid.md."""
    names = ("rough-mgno", "rough-fno")
    trained = {name: MODELS[name][0].replace("off_grid=interpolate", "off_grid=refine") for name in names}
    return filled("off_grid", raw=raw, measured=table(raw), learn=LEARN, measure=MEASURE, trained=trained)


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
            document = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
            ways[way][str(grid)] = {"metrics": document["metrics"]}
        ways["bicubic"][str(grid)] = bicubic(run["interpolate"], place / data)
    kept = {name: result(run[name], run[name] / "eval" / f"test-{TRAINED}")["run"] for name in ("refine", "fno")}
    return {"runs": kept, "ways": ways, "seconds": seconds(run, place, recipe)}


def main() -> None:
    """Run what is missing and write the page."""
    arguments = parser(__doc__, place=ROOT, threads=2, page=True)
    arguments.add_argument("--only", help="train this run, such as rough-mgno, and stop")
    options = arguments.parse_args()
    if not options.page:
        measure(options.place, options.threads, options.only)
    if options.only is None:
        write_page("guide/off_grid", page(stored("off_grid")))


def measure(place: Path, threads: int, only: str | None) -> None:
    """Run what is missing in ``place``, and keep the figures, unless one run alone is to be trained."""
    place.mkdir(parents=True, exist_ok=True)
    for short, recipe in RECIPES.items():
        surrogate(f"generate recipe={recipe} {LEARN} out=data/{recipe}-64", place, 1)
        for name, (words, run) in MODELS.items():
            if name.startswith(short) and only in (None, name):
                surrogate(f"train {words} data=data/{recipe}-64 out=runs/{run}", place, threads)
        for grid in GRIDS:
            surrogate(f"generate recipe={recipe} grid={grid} {MEASURE} out=data/off_grid/{recipe}-{grid}", place, 1)
    if only is None:
        keep("off_grid", {short: measured(place, short, threads) for short in RECIPES}, threads, place)


if __name__ == "__main__":
    main()
