"""Certified solves of rough Darcy flow on three grids: writes docs/guide/certified_solve.md and the raw figures.

    python benchmarks/certified_solve.py make             data sets, surrogates and the preconditioner, where missing
    python benchmarks/certified_solve.py count --grid N   iterations, fallbacks and residuals of 200 + 20 samples
    python benchmarks/certified_solve.py time --grid N    seconds, the methods in turn, on an otherwise idle machine
    python benchmarks/certified_solve.py labels           how far answers are from the labels of the data
    python benchmarks/certified_solve.py collect          the raw figures, from what was counted and timed
    python benchmarks/certified_solve.py page             the page, from the raw figures

All take --place FOLDER. The 200 samples are those of the recipe's test split, which nothing was trained on; they are
drawn, not read, as a certified solve needs no label. The 20 are far from what was trained on: see ``far_inputs``.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import _certified_solve_page
import numpy as np
import torch
from _table import ROOT, keep, machine, parser, stored, surrogate, write_page

from surrogate.cli import memory
from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.equations import Equation
from surrogate.predictors.runs import load_run
from surrogate.solve import certified
from surrogate.solve.certified import GUESSING, certify
from surrogate.solve.equation import LinearEquation
from surrogate.solve.preconditioner import Preconditioner
from surrogate.solve.preconditioner_store import load_preconditioner
from surrogate.solve.solve import Means

GRIDS = (64, 128, 256)
TOLERANCE, MAX_ITERATIONS = 1e-8, 500
UNSEEN, FAR = 200, 20
# Samples that are timed, and how many of them are solved together.
TIMED = {64: 40, 128: 30, 256: 20}
BATCHES = (1, 10)
KEPT = ("iterations", "fallback", "residual", "guess")
METHODS = {
    "cg": "plain CG",
    "multigrid": "multigrid CG (classical)",
    "guess": "surrogate's guess, then multigrid CG",
    "untrained": "the learned cycle before training",
    "preconditioner": "learned preconditioner",
    "both": "guess and learned preconditioner",
}
DATA = {
    64: "recipe=darcy_rough grid=64 count.train=1000 count.valid=100 count.test=200",
    128: "recipe=darcy_rough grid=128 count.train=1000 count.valid=50 count.test=100",
    256: "recipe=darcy_rough grid=256 equation.refine=2 count.train=100 count.valid=10 count.test=10 part_size=10 "
    "certificate.samples=1",
}
# Learned at 64 x 64; on the finer grids it answers with what it learned to correct there (off_grid=refine).
RUN = "runs/rough-64"


def make(place: Path) -> None:
    """Make through the command line what is missing in ``place``."""
    for n in GRIDS:
        surrogate(f"generate {DATA[n]} out=data/darcy_rough-{n}", place, 1)
    surrogate("precondition data=data/darcy_rough-64 out=runs/precond", place, 1)
    surrogate(f"train experiment=small_darcy_rough data=data/darcy_rough-64 out={RUN}", place, 1)


class Bench:
    """One grid: its inputs, and every method on them."""

    def __init__(self, place: Path, n: int) -> None:
        dataset = open_dataset(place / f"data/darcy_rough-{n}")
        # What needs no surrogate can be counted before there is one.
        run = load_run(place / RUN) if (place / RUN / "weights.safetensors").exists() else None
        learned, self.record = load_preconditioner(place / "runs/precond")
        self.run, equation = None if run is None else run.record, LinearEquation.of(dataset)
        cpu = torch.device("cpu")
        self.means = Means(equation, None if run is None else run.surrogate, learned, TOLERANCE, MAX_ITERATIONS, 1, cpu)
        self.untrained = Preconditioner(self.record.settings.width).eval()
        self.unseen = inputs(equation.equation, range(UNSEEN))
        self.far = far_inputs(equation)

    def solve(self, method: Any, some: np.ndarray) -> Any:
        """Return what ``certify`` finds for inputs (b, 1, n, n)."""
        if method != "untrained":
            return self.means.solve(some, method)[1]
        problem = self.means.equation.problem(torch.from_numpy(some))
        return certify(problem, "preconditioner", TOLERANCE, MAX_ITERATIONS, preconditioner=self.untrained)


def inputs(equation: Equation, indices: range) -> np.ndarray:
    """Return permeabilities of the test split, rounded as they are stored."""
    drawn = equation.draw(0, "test", indices)
    return drawn.astype(np.float32).astype(np.float64)


def far_inputs(equation: LinearEquation) -> np.ndarray:
    """Return ten of two values 0.12 and 120 with a third of the correlation length, and ten log-normal ones."""
    words = "permeability.low=0.12 equation.permeability.high=120 equation.permeability.field.tau=15"
    laws = [["recipe=darcy_rough", *f"equation.{words}".split()]]
    laws.append(["recipe=darcy_log_normal", "equation.permeability.field.sigma=30"])
    configs = [read(GenerateConfig, compose_tree("generate", [*law, "out=unused"])) for law in laws]
    return np.concatenate([inputs(config.equation.bound(equation.spec), range(FAR // 2)) for config in configs])


def count(place: Path, n: int, methods: list[str]) -> None:
    """Solve all samples by the methods that have not been counted, and keep what each sample took."""
    bench, path = Bench(place, n), place / f"count-{n}.json"
    groups = {"unseen": bench.unseen, "far": bench.far}
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"found": {}}
    kept["range"] = {name: [float(values.min()), float(values.max())] for name, values in groups.items()}
    kept["precondition"] = bench.record.model_dump(mode="json", exclude={"settings": {"data", "out"}})
    if bench.run is not None:
        kept["run"] = {name: getattr(bench.run, name) for name in ("seconds", "metrics", "parameters")}
    together = 10 if n < 256 else 2
    for method in methods:
        for group, values in groups.items():
            key = f"{group} {method}"
            if bench.run is None and method in GUESSING:
                continue
            # Kept as it goes: plain conjugate gradients on the finest grid take an hour of a busy machine.
            while (done := len(kept["found"].get(key, {"iterations": []})["iterations"])) < len(values):
                solved = bench.solve(method, values[done : done + together])
                entry = kept["found"].setdefault(key, {name: [] for name in KEPT})
                for name in KEPT:
                    entry[name] += getattr(solved, name).tolist()
                latest = json.loads(path.read_text())["found"] if path.exists() else {}
                path.write_text(json.dumps(kept | {"found": latest | {key: entry}}))
            print(n, group, method, np.mean(kept["found"][key]["iterations"]), flush=True)


def summary(samples: dict[str, list[float]]) -> dict[str, float]:
    """Return the figures of a method on a group of samples."""
    return {
        "samples": len(samples["iterations"]),
        "iterations": float(np.mean(samples["iterations"])),
        "most": max(samples["iterations"]),
        "fallbacks": sum(samples["fallback"]),
        "residual": max(samples["residual"]),
        "guess": float(np.mean(samples["guess"])),
    }


def time_(place: Path, n: int, clock: str) -> None:
    """Time every method on the same samples, in turn, after each has run once.

    Where other work goes on, the time of the processor says more than that of the wall.
    """
    bench = Bench(place, n)
    if clock == "processor":
        setattr(certified, "time", SimpleNamespace(perf_counter=time.process_time))  # noqa: B010
    for method in METHODS:
        bench.solve(method, bench.unseen[:1])
    seconds: dict[str, dict[str, list[float]]] = {}
    for size in BATCHES:
        taken = seconds[str(size)] = {method: [] for method in METHODS}
        for at in range(0, TIMED[n], size):
            for method in METHODS:
                taken[method].append(bench.solve(method, bench.unseen[at : at + size]).seconds / size)
        print(n, size, {method: round(1e3 * median(values), 2) for method, values in taken.items()}, flush=True)
    kept = {"seconds": seconds, "clock": clock, "machine": machine(torch.get_num_threads())}
    (place / f"time-{n}.json").write_text(json.dumps(kept))


def labels(place: Path) -> dict[str, float]:
    """Return how far prediction and solutions are from the labels of the 64 x 64 data, mean relative L2 of 20."""
    dataset, bench = open_dataset(place / "data/darcy_rough-64"), Bench(place, 64)
    constants, states = dataset.read("test", limit=20)
    wanted = states[:, 0].astype(np.float64)
    fields = {"prediction": bench.means._guess(torch.from_numpy(constants))[:, None].numpy()}
    for refine in (1, 4):
        means = Means(bench.means.equation, None, None, TOLERANCE, MAX_ITERATIONS, refine, torch.device("cpu"))
        fields[f"refine={refine}"] = means.solve(constants.astype(np.float64), "multigrid")[0]
    size = np.linalg.norm(wanted.reshape(20, -1), axis=1)
    return {
        name: float(np.mean(np.linalg.norm((field - wanted).reshape(20, -1), axis=1) / size))
        for name, field in fields.items()
    }


def page(raw: dict[str, Any]) -> str:
    """Return docs/guide/certified_solve.md."""
    return _certified_solve_page.page(raw, METHODS)


def collect(place: Path) -> None:
    """Keep what was counted and timed in ``place`` as the raw figures of the page."""
    raw: dict[str, Any] = {}
    for n in GRIDS:
        counted = json.loads((place / f"count-{n}.json").read_text())
        counted["found"] = {name: summary(values) for name, values in counted["found"].items()}
        raw[str(n)] = counted | json.loads((place / f"time-{n}.json").read_text())
    raw["labels"] = json.loads((place / "labels.json").read_text())
    keep("certified_solve", raw, 1, place)


def main() -> None:
    """Do the step that is named."""
    arguments = parser(__doc__, place=ROOT)
    arguments.add_argument("step", choices=("make", "count", "time", "labels", "collect", "page"))
    arguments.add_argument("--grid", type=int, choices=GRIDS)
    arguments.add_argument("--method", nargs="+", choices=METHODS, default=list(METHODS))
    arguments.add_argument("--clock", choices=("wall", "processor"), default="wall")
    options = arguments.parse_args()
    memory.keep_big_blocks()
    torch.set_num_threads(1)
    place: Path = options.place
    if options.step == "make":
        make(place)
    elif options.step in ("count", "time"):
        for n in GRIDS if options.grid is None else (options.grid,):
            if options.step == "count":
                count(place, n, options.method)
            else:
                time_(place, n, options.clock)
    elif options.step == "labels":
        (place / "labels.json").write_text(json.dumps(labels(place)))
    elif options.step == "collect":
        collect(place)
    else:
        write_page("guide/certified_solve", page(stored("certified_solve")))


if __name__ == "__main__":
    main()
