"""What conformal bands hold, and how wide they are: writes docs/guide/uncertainty.md and its raw figures.

    python benchmarks/conformal.py [--place FOLDER] [--stop-after MINUTES]

Three models on two problems with five seeds each, trained for half a minute on 400 samples. The first 500 of the 1500
test samples calibrate, the others test. What is finished is not done again, so the command may be stopped and repeated;
the page is written from what there is.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from statistics import fmean
from typing import Any

from _table import ROOT, machine
from matplotlib.figure import Figure

COUNTS = "count.train=400 count.valid=50 count.test=1500 seed=0"
DATA = {"darcy_rough-32": f"recipe=darcy_rough grid=32 {COUNTS}", "burgers-128": f"recipe=burgers grid=128 {COUNTS}"}
SHARED = "trainer.batch_size=20 trainer.device=cpu"
MODELS = {
    "darcy_rough-32": {
        "fno": "model=fno model.n_modes=8 model.hidden_channels=24 loss=h1_fd optimizer.lr=1e-2 trainer.epochs=16",
        "mgno": "model=mgno model.hidden_channels=16 loss=h1_fd trainer.epochs=30",
        "deeponet": "model=deeponet loss=relative_l2 trainer.epochs=70",
    },
    "burgers-128": {
        "fno": "model=fno model.n_modes=16 optimizer=soap optimizer.lr=5e-3 loss=relative_l2 trainer.epochs=60",
        "mgno": "model=mgno model.hidden_channels=16 loss=relative_l2 trainer.epochs=30",
        "deeponet": "model=deeponet loss=relative_l2 trainer.epochs=120",
    },
}
SEEDS = range(5)
SUITE = "suite=uncertainty suite.level=0.9 suite.share=0.33334 rollout=0 solver_seconds=0 device=cpu"
Found = dict[str, Any]


def tool(words: str, place: Path) -> None:
    """Run one command of the tool in ``place``."""
    print(f"$ surrogate {words}", flush=True)
    command = [sys.executable, "-m", "surrogate", *shlex.split(words)]
    subprocess.run(command, cwd=place, check=True, stdout=subprocess.DEVNULL)


def missing(place: Path) -> Iterator[str]:
    """Yield the commands whose results are not there, in an order in which every seed has all models."""
    for data, recipe in DATA.items():
        if not (place / "data" / data / "manifest.json").exists():
            yield f"generate {recipe} out=data/{data}"
    for seed in SEEDS:
        for data, models in MODELS.items():
            for model, words in models.items():
                out = f"runs/{data}-{model}-{seed}"
                record = place / out / "run.json"
                if not record.exists() or json.loads(record.read_text(encoding="utf-8"))["status"] != "finished":
                    yield f"train data=data/{data} {words} {SHARED} seed={seed} out={out}"
                if not (place / "eval" / f"{data}-{model}-{seed}" / "uncertainty.json").exists():
                    yield f"eval run={out} {SUITE} out=eval/{data}-{model}-{seed}"
    for data, models in MODELS.items():
        for model in models:
            if not (place / "eval" / f"{data}-{model}-all" / "uncertainty.json").exists():
                runs = ",".join(f"runs/{data}-{model}-{seed}" for seed in SEEDS)
                yield f"eval 'ensemble=[{runs}]' {SUITE} out=eval/{data}-{model}-all"


def results(place: Path) -> dict[str, dict[str, Found]]:
    """Return data and model -> seed (or ``all``) -> what its evaluation found."""
    found: dict[str, dict[str, Found]] = {}
    for data, models in MODELS.items():
        for model in models:
            for name in (*map(str, SEEDS), "all"):
                folder = place / "eval" / f"{data}-{model}-{name}"
                if (folder / "uncertainty.json").exists():
                    kept = json.loads((folder / "uncertainty.json").read_text(encoding="utf-8"))
                    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["metrics"]
                    row = {key: kept[key] for key in ("level", "calibration", "test", "bands", "ensemble")}
                    found.setdefault(f"{data} {model}", {})[name] = row | {"relative_l2": metrics["relative_l2"]}
    return found


def bands(found: dict[str, Found], kind: str, scale: str) -> list[Found]:
    """Return the bands of a kind and a scale, one a seed."""
    chosen = [row["bands"] for name, row in found.items() if name != "all"]
    return [band for each in chosen for band in each if (band["kind"], band["scale"]) == (kind, scale)]


def table(found: dict[str, dict[str, Found]], kind: str) -> list[str]:
    """Return the table of the bands of a kind in Markdown: means over seeds, and the least and largest coverage."""
    heads = "seeds | error | holds | least, most | half-width | of constant width"
    lines = [f"| data, model | {heads} |", "|---|--:|--:|--:|--:|--:|--:|"]
    for name, rows in found.items():
        errors = [row["relative_l2"]["mean"] for seed, row in rows.items() if seed != "all"]
        each = bands(rows, kind, "place")
        held, width, ratio = ([band[key] for band in each] for key in ("coverage", "width", "to_constant"))
        cells = (len(each), percent(errors), percent(held), f"{100 * min(held):.1f}, {100 * max(held):.1f}")
        lines.append(f"| {name} | {' | '.join(map(str, cells))} | {percent(width)} | {fmean(ratio):.2f} |")
    return lines


def ensembles(found: dict[str, dict[str, Found]]) -> list[str]:
    """Return the table of the ensembles in Markdown."""
    heads = "error | ± z spread holds | calibrated holds | half-width | of constant width | whole fields held | rank"
    lines = [f"| data, model | {heads} |", "|---|--:|--:|--:|--:|--:|--:|--:|"]
    for name, rows in found.items():
        if "all" in rows:
            row = rows["all"]
            points, fields = (bands({"0": row}, kind, "spread")[0] for kind in ("points", "fields"))
            cells = [percent([row["relative_l2"]["mean"]]), percent([row["ensemble"]["before"]["coverage"]])]
            cells += [percent([points["coverage"]]), percent([points["width"]]), f"{points['to_constant']:.2f}"]
            cells += [percent([fields["coverage"]]), f"{row['ensemble']['correlation']['samples']:.2f}"]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines if len(lines) > 2 else []


def percent(values: Sequence[float]) -> str:
    """Return the mean in per cent, to three digits."""
    return f"{100 * fmean(values):.3g} %"


def picture(found: dict[str, dict[str, Found]], low: float, high: float, path: Path) -> None:
    """Draw the coverage of whole fields by every seed beside the interval of its law."""
    figure = Figure(figsize=(6.4, 3.0), layout="constrained")
    axes = figure.add_subplot()
    axes.axvspan(100 * low, 100 * high, color="#2059c8", alpha=0.12, label="99 % of draws, by law")
    axes.axvline(90, color="#5d6675", linewidth=0.9, linestyle="--")
    for place, rows in enumerate(found.values()):
        held = [100 * band["coverage"] for band in bands(rows, "fields", "place")]
        axes.plot(held, [place] * len(held), "o", color="#2059c8", markersize=5, alpha=0.5)
        axes.plot([fmean(held)], [place], "|", color="#c2500e", markersize=16, markeredgewidth=2)
    axes.set_yticks(range(len(found)), list(found))
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.set_xlabel("whole fields inside [%]; bar: mean over seeds")
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1.0))
    figure.savefig(path, dpi=130)


def page(found: dict[str, dict[str, Found]]) -> list[str]:
    """Return docs/guide/uncertainty.md."""
    one = next(row for rows in found.values() for row in rows.values())
    low, high = next(iter(bands(next(iter(found.values())), "fields", "place")))["law"]
    picture(found, low, high, ROOT / "docs" / "guide" / "uncertainty.png")
    about = (ROOT / "benchmarks" / "conformal.md").read_text(encoding="utf-8").rstrip()
    seeds = {name: len(bands(rows, "fields", "place")) for name, rows in found.items()}
    inside = [low <= fmean(b["coverage"] for b in bands(rows, "fields", "place")) <= high for rows in found.values()]
    lacking = [name for name in (f"{d} {m}" for d, models in MODELS.items() for m in models) if seeds.get(name, 0) < 5]
    said = f"Of {len(inside)} means over seeds {sum(inside)} lie inside {100 * low:.1f} to {100 * high:.1f} %."
    said += " All seeds share one draw of calibration and test samples, so a mean of five varies nearly as one does."
    if lacking:
        said += f" Not all five seeds are trained yet of: {', '.join(lacking)}."
    where = f"`python benchmarks/conformal.py`, {date.today()}; {machine(1)}"
    lines = [
        about,
        "",
        "## Measured",
        "",
        f"Bands of 90 %, {one['calibration']} calibration and {one['test']} test samples.",
    ]
    lines += [f"Training on 400 samples took about half a minute. {where}.", "", "Whole fields:", ""]
    lines += [*table(found, "fields"), "", said, "", "![Coverage of whole fields](uncertainty.png)", "", "Points:", ""]
    lines += table(found, "points")
    if together := ensembles(found):
        said = "Ensembles of the five seeds, bands in proportion to their spread; rank: its correlation with the error:"
        alone = {
            name: bands({"0": rows["all"]}, "fields", "spread")[0] for name, rows in found.items() if "all" in rows
        }
        beyond = [name for name, band in alone.items() if not low <= band["coverage"] <= high]
        law = f"Whole fields of {len(alone) - len(beyond)} of {len(alone)} ensembles lie inside the same interval"
        lines += ["", said, "", *together, "", f"{law}; not those of: {', '.join(beyond) or 'none'}."]
    return lines


def main() -> None:
    """Do what is missing, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--place", type=Path, default=ROOT / "runs" / "conformal")
    parser.add_argument("--stop-after", type=float, default=float("inf"))
    options = parser.parse_args()
    place, until = options.place.absolute(), time.monotonic() + 60 * options.stop_after
    place.mkdir(parents=True, exist_ok=True)
    for words in missing(place):
        if time.monotonic() > until:
            break
        tool(words, place)
    found = results(place)
    if not found:
        raise SystemExit(f"{place}: nothing is evaluated yet")
    raw = json.dumps({"machine": machine(1), "date": str(date.today()), "models": MODELS, "results": found}, indent=1)
    (ROOT / "benchmarks" / "results" / f"{date.today()}-uncertainty.json").write_text(raw + "\n", encoding="utf-8")
    (ROOT / "docs" / "guide" / "uncertainty.md").write_text("\n".join(page(found)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
