"""What helps MgNO, one change at a time, at equal processor time, on validation data: writes results/ablation.json.

    python benchmarks/ablation.py [--place FOLDER] [--seeds 0 1] [--only WORD] [--first ROWS] [--stop-after MINUTES]

The data are the first samples of rough Darcy flow at 32 x 32. A row is the tool's default with the words named. The
time of its optimizer step is measured beside that of the default, interleaved in one process; it gets as many epochs
as fit the time of the default's. What is finished is not run again, so the command may be stopped and repeated; with
--only it does the rows with that word in their name.
"""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

from _table import RESULTS, ROOT, filled, machine, markdown, parser, surrogate

DATA = "recipe=darcy_rough grid=32 count.train=1000 count.valid=100 count.test=200 seed=0"
SHARED = "model=mgno trainer.samples=400"
EPOCHS = 12  # of the default
ROUNDS = 12  # steps timed of every row
RESULT = RESULTS / "ablation.json"

# Name, and the words that are not the default's, or all words of another model; what is most telling comes first.
ROWS = {
    "default": "",
    "Adam, 3e-3": "optimizer=adam optimizer.lr=3e-3",
    "Adam, 6e-3": "optimizer=adam optimizer.lr=6e-3",
    "SOAP, 2e-2": "optimizer.lr=2e-2",
    "residual restriction": "model.restrict=residual",
    "two smoothing steps a level": "model.pre_smoothing=[2,2,2,2]",
    "MgNO and spectral": "model.n_modes=8",
    "average of weights (0.99)": "trainer.ema=0.99",
    "cosine after a short warm-up": "schedule=cosine",
    "without symmetries": "trainer.augment=false",
    "coordinates in": "model.positional_embedding=true",
    "residual step": "model.residual=true",
    "32 channels": "model.hidden_channels=32",
    "AdamW, 6e-3, decay 1e-4": "optimizer=adamw optimizer.lr=6e-3",
    "loss h1_mgno": "loss=h1_mgno",
    "loss relative_l2": "loss=relative_l2",
    "batch 4": "trainer.batch_size=4",
    "batch 16": "trainer.batch_size=16",
    "SOAP, 5e-3": "optimizer.lr=5e-3",
    "smoothing after, too": "model.post_smoothing=[1,1,1,0]",
    "shared layers": "model.shared=true",
    "5 levels": "model.levels=5",
    "16 channels": "model.hidden_channels=16",
    "padding by reflection": "model.padding=reflect",
    "unpadded transfers": "model.transfers=unpadded",
    "coarse levels start from zero": "model.coarse_init=zero",
    "5 layers": "model.n_layers=5",
    "FNO, Adam, 1e-2": "model=fno trainer.samples=400 loss=h1_fd optimizer.lr=1e-2",
    "FNO, SOAP, 3e-3": "model=fno trainer.samples=400 loss=h1_fd optimizer=soap optimizer.lr=3e-3",
}


def words(name: str) -> str:
    """Return the words of a row, for `surrogate train`."""
    row = ROWS[name]
    return row if row.startswith("model=") else f"{SHARED} {row}".strip()


def stepper(data: Path, row: str) -> tuple[Callable[[], object], float]:
    """Return a function that takes an optimizer step as the row does, and how many of them an epoch has."""
    import torch

    from surrogate.config.compose import compose_tree
    from surrogate.config.read import read
    from surrogate.config.words import prepared
    from surrogate.datasets.dataset import open_dataset
    from surrogate.training.loading import load_samples
    from surrogate.training.physics import grading
    from surrogate.training.session import feed_of, new_learner
    from surrogate.training.training_settings import TrainConfig

    overrides = [f"data={data}", "out=nowhere", "trainer.device=cpu", *row.split()]
    config = read(TrainConfig, compose_tree("train", prepared(overrides), None))
    dataset = open_dataset(config.data)
    device = torch.device("cpu")
    feed = feed_of(config, dataset, load_samples(dataset, "train", "device", device), "device", device)
    grade = grading(config, dataset, labelled=1.0)
    problem = dataset.spec.problem(config.task)
    learner, _ = new_learner(config, problem, feed, device, "alone", fitted=False, grade=grade)
    size = config.trainer.batch_size
    batch = feed.batch(torch.arange(size))
    return lambda: learner.step(iter([batch]), [1 / size], rate=1e-6), (config.trainer.samples or len(feed)) / size


def cost(data: Path, row: str) -> float:
    """Return the time of an epoch of the row over that of the default: medians of interleaved steps, one thread."""
    import torch

    torch.set_num_threads(1)
    sides = [stepper(data, words("default")), stepper(data, row)]
    seconds: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for taken, (step, _) in zip(seconds, sides, strict=True):
            started = time.process_time()
            step()
            taken.append(time.process_time() - started)
    epoch = [statistics.median(taken[2:]) * steps for taken, (_, steps) in zip(seconds, sides, strict=True)]
    return epoch[1] / epoch[0]


def run(place: Path, name: str, seed: int, raw: dict[str, Any]) -> None:
    """Train one row with one seed, when that is not done, and keep what validation data say."""
    row = raw["rows"].setdefault(name, {"words": words(name), "seeds": {}})
    if row["words"] != words(name):
        raise SystemExit(f"{RESULT}: the row '{name}' was measured with other words; take it out or put them back")
    if str(seed) in row["seeds"]:
        return
    row.setdefault("cost", 1.0 if name == "default" else cost(place / "data" / "ablation", words(name)))
    row["epochs"] = max(2, round(EPOCHS / row["cost"]))
    out = f"runs/ablation/{name.replace(' ', '_').replace(',', '')}-{seed}"
    command = f"train data=data/ablation {row['words']} trainer.epochs={row['epochs']} seed={seed} out={out}"
    try:
        surrogate(command, place, 1)
    except CalledProcessError:
        if not (place / out / "run.json").exists():  # it never began
            raise
    record = json.loads((place / out / "run.json").read_text(encoding="utf-8"))
    row["parameters"] = record["parameters"]
    # A training that diverged is a finding; its best epoch before that is none.
    metrics = record["metrics"] if record["status"] == "finished" else {}
    row["seeds"][str(seed)] = metrics | {"status": record["status"], "seconds": record["seconds"]}
    raw |= {"date": str(date.today()), "machine": machine(1)}
    RESULT.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")


def table(raw: dict[str, Any]) -> str:
    """Return the table in Markdown, what was best first, and what its figures are."""

    def mean(row: dict[str, Any], figure: str) -> float:
        return statistics.mean(errors.get(f"valid_{figure}", math.inf) for errors in row["seeds"].values())

    def percent(value: float) -> str:
        return f"{100 * value:.2f}" if math.isfinite(value) else "diverged"

    rows = []
    for name, row in sorted(raw["rows"].items(), key=lambda item: mean(item[1], "h1_fd")):
        figures = []
        for figure in ("h1_fd", "relative_l2"):
            each = " ".join(percent(errors.get(f"valid_{figure}", math.inf)) for errors in row["seeds"].values())
            figures.append(f"{percent(mean(row, figure))} ({each})")
        what = f"**{name}**" if name == "default" else f"{name}: `{' '.join(row['words'].split()[2:])}`"
        rows.append([what, f"{row['parameters']:,}", f"{row['cost']:.2f}", str(row["epochs"]), *figures])
    heads = ("change", "parameters", "time of an epoch", "epochs", "H1 by differences", "relative L2")
    return filled("ablation_table", raw=raw, table=markdown(heads, rows), shared=SHARED)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is missing, every row with the first seed before any with the next."""
    known = parser(__doc__, place=ROOT)
    known.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    known.add_argument("--only", default="", help="a part of the names of the rows to do")
    known.add_argument("--first", type=int, default=len(ROWS), help="how many rows, from the first on")
    known.add_argument("--stop-after", type=float, default=float("inf"), help="begin no run after so many minutes")
    options = known.parse_args(arguments)
    place, started = options.place, time.monotonic()
    rows = list(ROWS)[: options.first]
    place.mkdir(parents=True, exist_ok=True)
    empty = {"command": "python benchmarks/ablation.py", "data": DATA, "epochs": EPOCHS, "rows": {}}
    raw = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else empty
    if all(str(seed) in raw["rows"].get(name, {"seeds": {}})["seeds"] for seed in options.seeds for name in rows):
        return
    surrogate(f"generate {DATA} out=data/ablation", place, 1)
    for seed in options.seeds:
        for name in rows:
            if options.only in name and time.monotonic() - started < 60 * options.stop_after:
                run(place, name, seed, raw)


if __name__ == "__main__":
    main()
