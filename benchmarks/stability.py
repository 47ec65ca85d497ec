"""Roll-outs that go on: waves of Kuramoto and Sivashinsky learned one step at a time, and as a stable FNO, unrolled.

    python benchmarks/stability.py [--place FOLDER] [--scale 1.0]

Generates the data, trains both for about the same processor time, evaluates roll-outs of 1000 steps on trajectories of
their own, and writes docs/stability.md, its picture and the raw figures. What is finished in FOLDER is not done again.
"""

from __future__ import annotations

import argparse
import resource
from pathlib import Path
from typing import Any

import numpy as np
from _table import ROOT, machine, publish, result, surrogate
from matplotlib.figure import Figure

from surrogate.datasets.dataset import open_dataset

RECIPE = (
    "recipe=kuramoto_sivashinsky grid=64 equation.length=44.0 equation.resolution=128 equation.steps=20 "
    "equation.initial.sigma=25 part_size=10"
)
TRAIN = "equation.horizon=200 equation.frames=201 'count={train:100,valid:10,test:10}' out=data/ks"
LONG = "equation.horizon=1000 equation.frames=1001 'count={train:10,valid:10,test:20}' seed=1 out=data/ks-long"
STEPS = 1000
COMMON = "data=data/ks loss=relative_l2 optimizer=adam schedule=onecycle trainer.batch_size=64"
# Settings and epochs; the epochs so that the processor times are about the same, which the table says.
CONTENDERS: dict[str, tuple[str, int]] = {
    "FNO, one step": ("model=fno residual=true optimizer.lr=6e-3", 20),
    "stable FNO, unrolled": ("model=stable_fno residual=true time=unrolled time.steps=2 optimizer.lr=1e-2", 7),
    "stable FNO, one step": ("model=stable_fno residual=true optimizer.lr=1e-2", 10),
    "FNO, unrolled": ("model=fno residual=true time=unrolled optimizer.lr=6e-3", 8),
}
# A spectrum is fair while the energies of its wavenumbers are on average less than this off.
FAIR = 0.2


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--place", type=Path, default=ROOT)
    parser.add_argument("--scale", type=float, default=1.0, help="all epochs times this")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    place = options.place.absolute()
    place.mkdir(parents=True, exist_ok=True)
    for words in (TRAIN, LONG):
        surrogate(f"generate {RECIPE} {words}", place, options.threads)
    found = {
        name: measured(name, words, max(1, round(epochs * options.scale)), place, options.threads)
        for name, (words, epochs) in CONTENDERS.items()
    }
    draw(found, place)
    publish(
        "stability", page(found, options.threads), {"contenders": found, "machine": machine(options.threads)}, place
    )


def measured(name: str, words: str, epochs: int, place: Path, threads: int) -> dict[str, Any]:
    """Train, evaluate and roll out one contender; return what was found, the processor seconds of the training too."""
    out = "runs/ks-" + name.replace(",", "").replace(" ", "-")
    took = place / f"{out}.seconds"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    surrogate(f"train {COMMON} {words} trainer.epochs={epochs} out={out}", place, threads)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not took.exists():  # a finished run answers at once, and its time is known
        took.write_text(str(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), encoding="utf-8")
    surrogate(f"eval run={out} data=data/ks-long split=test rollout={STEPS} out={out}/long", place, threads)
    start = place / f"{out}-start.npy"
    np.save(start, open_dataset(place / "data/ks-long").read("test")[1][:1, 0])
    surrogate(f"predict run={out} input={start} steps={STEPS} out={out}-path.npy", place, threads)
    kept = result(place / out, place / out / "long")
    return kept | {"processor_seconds": float(took.read_text(encoding="utf-8")), "path": f"{out}-path.npy"}


def row(name: str, found: dict[str, Any]) -> str:
    """Return a contender's line of the table."""
    metrics, rollout = found["evaluation"]["metrics"], found["evaluation"]["rollout"]
    valid = metrics["valid_time"]
    blown = [time for time in rollout["blown_up"] if time is not None]
    errors = [error for error in rollout["spectrum_error"]]
    cells = (
        name,
        f"{found['run']['parameters']:,}",
        f"{found['processor_seconds']:.0f}",
        f"{100 * metrics['relative_l2']['mean']:.3g} %",
        f"{valid['mean']:.1f} ({valid['low']:.1f} to {valid['high']:.1f})",
        f"{len(blown)} of {len(rollout['blown_up'])}" + (f", first at {min(blown):.0f}" if blown else ""),
        ", ".join("none" if error is None else f"{100 * error:.3g} %" for error in errors),
    )
    return "| " + " | ".join(cells) + " |"


def page(found: dict[str, dict[str, Any]], threads: int) -> list[str]:
    """Return the lines of docs/stability.md."""
    heads = (
        "trained as",
        "parameters",
        "processor seconds",
        "one step, relative L2",
        "valid for a time of",
        "blew up",
        "spectrum error in each fifth",
    )
    times = {name: each["evaluation"]["metrics"]["valid_time"]["mean"] for name, each in found.items()}
    first, second = list(times)[:2]
    return [
        "# Roll-outs that go on",
        "",
        "Waves of the Kuramoto-Sivashinsky equation, `u_t + u u_x + u_xx + u_xxxx = 0` with period 44 on 64 points,",
        "frames 1 apart. Each surrogate learned from 100 trajectories of 200 steps, and was rolled out from the starts",
        f"of 20 trajectories of their own, for {STEPS} steps: long after every forecast has lost the true path,",
        "so that the question is then whether it is still a fair sample of such waves.",
        "",
        "| " + " | ".join(heads) + " |",
        "|" + "---|" * len(heads),
        *(row(name, each) for name, each in found.items()),
        "",
        "*Valid* is a forecast until its root mean square error passes 0.4 times the deviation of the waves; given is",
        "the mean with its 95 % interval. A trajectory *blew up* when its root mean square passed 3 times the largest",
        "of the truth. The *spectrum error* is the mean of `|E / E_true - 1|` over the wavenumbers with at least a",
        f"millionth of the energy of the strongest, in each fifth of the roll-out; {FAIR:.0%} or less is called fair.",
        "",
        verdict(found, times[second] / times[first], first, second),
        "",
        "![spectra, errors and waves](stability.png)",
        "",
        f"Measured on {machine(threads)}. Made by `python benchmarks/stability.py`.",
    ]


def verdict(found: dict[str, dict[str, Any]], ratio: float, first: str, second: str) -> str:
    """Return in words what the first two lines of the table say."""

    def fair_until(name: str) -> str:
        errors = found[name]["evaluation"]["rollout"]["spectrum_error"]
        fair = next((k for k, error in enumerate(errors) if error is None or error > FAIR), len(errors))
        return f"{fair * STEPS // len(errors)} steps" if fair else "not even the first fifth"

    return (
        f"The {second}, is valid {ratio:.2f} times as long as the {first}. Its spectrum is fair for"
        f" {fair_until(second)}, that of the {first} for {fair_until(first)}."
    )


def draw(found: dict[str, dict[str, Any]], place: Path) -> None:
    """Draw the spectra, the errors against time, and the waves themselves of the first two contenders."""
    figure = Figure(figsize=(11, 8), layout="constrained")
    places = figure.add_gridspec(5, 2)
    spectra, errors = (figure.add_subplot(places[:2, column]) for column in (0, 1))
    truth = open_dataset(place / "data/ks-long").read("test")[1][0, 1:, 0]
    for name, each in found.items():
        rollout = each["evaluation"]["rollout"]
        spectrum = [np.nan if value is None else value for value in rollout["spectrum"]]
        spectra.semilogy(rollout["wavenumbers"][1:], spectrum[1:], label=name)
        error = [np.nan if value is None else value for value in rollout["relative_l2"]]
        errors.semilogy(rollout["times"][:200], error[:200], label=name)
    last = next(iter(found.values()))["evaluation"]["rollout"]
    spectra.semilogy(last["wavenumbers"][1:], last["true_spectrum"][1:], "k--", label="truth")
    low, high = min(last["true_spectrum"][1:]), max(last["true_spectrum"][1:])
    spectra.set(xlabel="wavenumber", ylabel="energy", ylim=(max(low, 1e-9 * high), 10 * high))
    errors.set(xlabel="time", ylabel="relative L2 error")
    for axes in (spectra, errors):
        axes.legend(fontsize=8)
    names = list(found)[:2]
    paths = {"truth": truth} | {name: np.load(place / found[name]["path"])[0, :, 0] for name in names}
    size = float(np.abs(truth).max())
    for line, (name, states) in enumerate(paths.items(), start=2):
        axes = figure.add_subplot(places[line, :])
        axes.imshow(
            states[:300].T, aspect="auto", origin="lower", cmap="RdBu_r", vmin=-size, vmax=size, extent=(0, 300, 0, 44)
        )
        axes.set_title(name, fontsize=9)
        axes.set_ylabel("x")
    figure.savefig(ROOT / "docs" / "stability.png", dpi=80)


if __name__ == "__main__":
    main()
