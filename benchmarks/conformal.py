"""What conformal bands hold, and how wide they are: writes docs/guide/uncertainty.md and its raw figures.

    python benchmarks/conformal.py [--place FOLDER] [--stop-after MINUTES] [--page]

Three models on two problems with five seeds each, trained for half a minute on 400 samples. The first 500 of the 1500
test samples calibrate, the others test. What is finished is not done again, so the command may be stopped and repeated;
the page is written from what there is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from _table import ROOT, filled, keep, markdown, parser, stored, surrogate, write_page
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
Evaluation = dict[str, Any]


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


def results(place: Path) -> dict[str, dict[str, Evaluation]]:
    """Return data and model -> seed (or ``all``) -> what its evaluation measured."""
    evaluations: dict[str, dict[str, Evaluation]] = {}
    for data, models in MODELS.items():
        for model in models:
            for name in (*map(str, SEEDS), "all"):
                folder = place / "eval" / f"{data}-{model}-{name}"
                if (folder / "uncertainty.json").exists():
                    kept = json.loads((folder / "uncertainty.json").read_text(encoding="utf-8"))
                    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["metrics"]
                    row = {key: kept[key] for key in ("level", "calibration", "test", "bands", "ensemble")}
                    evaluations.setdefault(f"{data} {model}", {})[name] = row | {"relative_l2": metrics["relative_l2"]}
    return evaluations


def bands(rows: dict[str, Evaluation], kind: str, scale: str) -> list[Evaluation]:
    """Return the bands of a kind and a scale, one a seed."""
    chosen = [row["bands"] for name, row in rows.items() if name != "all"]
    return [band for each in chosen for band in each if (band["kind"], band["scale"]) == (kind, scale)]


def table(evaluations: dict[str, dict[str, Evaluation]], kind: str) -> str:
    """Return the table of the bands of a kind in Markdown: means over seeds, and the least and largest coverage."""
    lines = []
    for name, rows in evaluations.items():
        errors = [row["relative_l2"]["mean"] for seed, row in rows.items() if seed != "all"]
        each = bands(rows, kind, "place")
        shares, width, ratio = ([band[key] for band in each] for key in ("coverage", "width", "to_constant"))
        ends = f"{100 * min(shares):.1f}, {100 * max(shares):.1f}"
        lines.append(
            [name, str(len(each)), percent(errors), percent(shares), ends, percent(width), f"{fmean(ratio):.2f}"]
        )
    heads = ("data, model", "seeds", "error", "holds", "least, most", "half-width", "of constant width")
    return markdown(heads, lines)


def ensembles(evaluations: dict[str, dict[str, Evaluation]], low: float, high: float) -> dict[str, Any] | None:
    """Return the table of the ensembles, and those whose share of whole fields is not in ``low`` to ``high``."""
    lines, beyond = [], []
    for name, rows in evaluations.items():
        if "all" not in rows:
            continue
        row = rows["all"]
        points, fields = (bands({"0": row}, kind, "spread")[0] for kind in ("points", "fields"))
        cells = [percent([row["relative_l2"]["mean"]]), percent([row["ensemble"]["before"]["coverage"]])]
        cells += [percent([points["coverage"]]), percent([points["width"]]), f"{points['to_constant']:.2f}"]
        cells += [percent([fields["coverage"]]), f"{row['ensemble']['correlation']['samples']:.2f}"]
        lines.append([name, *cells])
        if not low <= fields["coverage"] <= high:
            beyond.append(name)
    if not lines:
        return None
    heads = ("error", "± z spread holds", "calibrated holds", "half-width", "of constant width")
    table_of = markdown(("data, model", *heads, "whole fields held", "rank"), lines)
    return {"table": table_of, "all": len(lines), "inside": len(lines) - len(beyond), "beyond": beyond}


def percent(values: Sequence[float]) -> str:
    """Return the mean in per cent, to three digits."""
    return f"{100 * fmean(values):.3g} %"


def picture(evaluations: dict[str, dict[str, Evaluation]], low: float, high: float, path: Path) -> None:
    """Draw the coverage of whole fields by every seed beside the interval of its law."""
    figure = Figure(figsize=(6.4, 3.0), layout="constrained")
    axes = figure.add_subplot()
    axes.axvspan(100 * low, 100 * high, color="#2059c8", alpha=0.12, label="99 % of draws, by law")
    axes.axvline(90, color="#5d6675", linewidth=0.9, linestyle="--")
    for place, rows in enumerate(evaluations.values()):
        shares = [100 * band["coverage"] for band in bands(rows, "fields", "place")]
        axes.plot(shares, [place] * len(shares), "o", color="#2059c8", markersize=5, alpha=0.5)
        axes.plot([fmean(shares)], [place], "|", color="#c2500e", markersize=16, markeredgewidth=2)
    axes.set_yticks(range(len(evaluations)), list(evaluations))
    axes.set_ylim(len(evaluations) - 0.5, -0.5)
    axes.set_xlabel("whole fields inside [%]; bar: mean over seeds")
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1.0))
    figure.savefig(path, dpi=130)


def law(evaluations: dict[str, dict[str, Evaluation]]) -> tuple[float, float]:
    """Return the ends of the interval in which 99 % of the draws of whole fields lie."""
    low, high = bands(next(iter(evaluations.values())), "fields", "place")[0]["law"]
    return low, high


def page(raw: dict[str, Any]) -> str:
    """Return docs/guide/uncertainty.md."""
    evaluations = raw["results"]
    low, high = law(evaluations)
    fields = {name: bands(rows, "fields", "place") for name, rows in evaluations.items()}
    planned = (f"{data} {model}" for data, models in MODELS.items() for model in models)
    return filled(
        "uncertainty",
        raw=raw,
        one=next(row for rows in evaluations.values() for row in rows.values()),
        fields=table(evaluations, "fields"),
        points=table(evaluations, "points"),
        means=len(fields),
        inside=sum(low <= fmean(band["coverage"] for band in each) <= high for each in fields.values()),
        low=f"{100 * low:.1f}",
        high=f"{100 * high:.1f}",
        lacking=[name for name in planned if len(fields.get(name, [])) < len(SEEDS)],
        together=ensembles(evaluations, low, high),
    )


def main() -> None:
    """Do what is missing, and write the page."""
    arguments = parser(__doc__, place=ROOT / "runs" / "conformal", page=True)
    arguments.add_argument("--stop-after", type=float, default=float("inf"))
    options = arguments.parse_args()
    if not options.page:
        measure(options.place, time.monotonic() + 60 * options.stop_after)
    raw = stored("uncertainty")
    picture(raw["results"], *law(raw["results"]), ROOT / "docs" / "guide" / "uncertainty.png")
    write_page("guide/uncertainty", page(raw))


def measure(place: Path, until: float) -> None:
    """Do what is missing in ``place`` until a time, and keep the figures of what is done."""
    place.mkdir(parents=True, exist_ok=True)
    for words in missing(place):
        if time.monotonic() > until:
            break
        surrogate(words, place, 1)
    evaluations = results(place)
    if not evaluations:
        raise SystemExit(f"{place}: nothing is evaluated yet")
    keep("uncertainty", {"models": MODELS, "results": evaluations}, 1, place)


if __name__ == "__main__":
    main()
