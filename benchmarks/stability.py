"""Roll-outs that go on: waves of Kuramoto and Sivashinsky learned one step at a time, and as a stable FNO, unrolled.

    python benchmarks/stability.py [--place FOLDER] [--scale 1.0] [--page]

Generates the data, trains every contender for about the same processor time, rolls each out for 5000 steps on
trajectories of their own, and writes docs/results/stability.md, its picture and the raw figures. What is finished in
FOLDER is not done again.
"""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import numpy as np
from _table import ROOT, filled, keep, markdown, parser, result, stored, surrogate, write_page
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from surrogate.datasets.dataset import open_dataset
from surrogate.evaluation.intervals import interval
from surrogate.evaluation.rollout.long_run import blow_up_times, energy_spectrum, spectrum_error, valid_times
from surrogate.spaces import Grid

APART = 0.2  # frames
RECIPE = (
    "recipe=kuramoto_sivashinsky grid=64 equation.length=44.0 equation.resolution=128 equation.initial.sigma=25"
    " equation.warm_up=500 part_size=10"
)
TRAIN = "equation.steps=8 equation.horizon=40 equation.frames=201 'count={train:10,valid:2,test:10}' out=data/ks"
LONG = (
    "equation.steps=4 equation.horizon=1000 equation.frames=5001 'count={train:1,valid:10,test:20}' seed=7"
    " out=data/ks-long"
)
STEPS = 5000
WINDOW = 500  # steps whose states make one spectrum
COMMON = "data=data/ks loss=relative_l2 optimizer=soap schedule=onecycle trainer.batch_size=32"
FNO = "model=fno model.n_modes=24 model.positional_embedding=false optimizer.lr=5e-3"
STABLE = "model=stable_fno model.hidden_channels=32 residual=true optimizer.lr=1e-2"
UNROLLED = "time=unrolled time.steps=2 time.pretrain=0.75"
# Settings and epochs; the epochs so that the processor times are about the same, which the table says.
CONTENDERS: dict[str, tuple[str, int]] = {
    "FNO, one step": (f"{FNO} residual=true", 50),
    "stable FNO, unrolled": (f"{STABLE} {UNROLLED}", 55),
    "FNO, one step, half as wide": (f"{FNO} residual=true model.hidden_channels=16", 72),
    "stable FNO, one step": (STABLE, 66),
    "FNO, one step, the state itself": (f"{FNO} residual=false", 50),
}
# A spectrum is fair while the energies of its wavenumbers are on average less than this off.
FAIR = 0.2
# Windows whose errors are shown.
SHOWN = (0, 1, 4, 9)
# The contenders that the picture follows through time.
FOLLOWED = ("FNO, one step", "stable FNO, unrolled")


def main() -> None:
    """Measure, and write the page."""
    arguments = parser(__doc__, place=ROOT, threads=1, page=True)
    arguments.add_argument("--scale", type=float, default=1.0, help="all epochs times this")
    options = arguments.parse_args()
    if not options.page:
        measure(options.place, options.scale, options.threads)
    write_page("results/stability", page(stored("stability")))


def measure(place: Path, scale: float, threads: int) -> None:
    """Do what is missing in ``place``, keep the figures and draw the picture."""
    place.mkdir(parents=True, exist_ok=True)
    for words in (TRAIN, LONG):
        surrogate(f"generate {RECIPE} {words}", place, threads)
    long = open_dataset(place / "data/ks-long")
    truth, grid = long.read("test")[1][:, 1:], long.spec.grid
    np.save(place / "data/ks-starts.npy", long.read("test")[1][:, 0])
    contenders = {
        name: measured(name, words, max(1, round(epochs * scale)), place, threads)
        for name, (words, epochs) in CONTENDERS.items()
    }
    paths = {name: np.load(place / each["path"]) for name, each in contenders.items()}
    for name, path in paths.items():
        contenders[name]["roll_out"] = rolled(path, truth, grid)
    climate = rolled(truth, truth, grid)
    draw(contenders, climate, {"truth": truth} | paths)
    keep("stability", {"contenders": contenders, "truth": climate}, threads, place)


def measured(name: str, words: str, epochs: int, place: Path, threads: int) -> dict[str, Any]:
    """Train, evaluate and roll out one contender; return the figures, the processor seconds of the training too."""
    out = "runs/ks-" + name.lower().replace(",", "").replace(" ", "-")
    took = place / f"{out}.seconds"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    surrogate(f"train {COMMON} {words} trainer.epochs={epochs} out={out}", place, threads)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not took.exists():  # a finished run answers at once, and its time is known
        took.write_text(str(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), encoding="utf-8")
    surrogate(f"eval run={out} split=test rollout=0", place, threads)
    path = place / f"{out}-path.npy"
    if not path.exists():
        surrogate(f"predict run={out} input=data/ks-starts.npy steps={STEPS} out={path}", place, threads)
    kept = result(place / out, place / out / "eval" / "test")
    return kept | {"processor_seconds": float(took.read_text(encoding="utf-8")), "path": f"{out}-path.npy"}


def rolled(path: NDArray[np.float32], truth: NDArray[np.float32], grid: Grid) -> dict[str, Any]:
    """Return how roll-outs ``(n, t, 1, x)`` fare beside the truth; spectra are compared with that of all its states.

    What is beyond a million is kept as that.
    """
    whole = energy_spectrum(truth, grid)
    windows = [energy_spectrum(path[:, start : start + WINDOW], grid) for start in range(0, STEPS, WINDOW)]
    errors = limited([spectrum_error(window, whole) for window in windows])
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.square(path - truth.astype(np.float64)).mean(axis=(0, 2, 3)) / truth.var(dtype=np.float64)
    return {
        "valid_times": valid_times(path, truth, APART).tolist(),
        "blown_up": int(np.isfinite(blow_up_times(path, truth, APART)).sum()),
        "spectrum": limited(np.mean(windows, axis=0)),
        "spectrum_errors": errors,
        "fair_steps": WINDOW * next((k for k, error in enumerate(errors) if error > FAIR), len(errors)),
        "errors": limited(np.sqrt(squares[:1000])),
    }


def limited(values: ArrayLike) -> list[float]:
    """Return numbers that JSON knows."""
    return np.nan_to_num(np.asarray(values), nan=1e6, posinf=1e6).clip(max=1e6).tolist()


def row(name: str, measured: dict[str, Any]) -> list[str]:
    """Return a contender's line of the table."""
    rolled_out, valid = measured["roll_out"], interval(np.array(measured["roll_out"]["valid_times"]))
    return [
        name,
        f"{measured['run']['parameters']:,}",
        f"{measured['processor_seconds']:.0f}",
        f"{100 * measured['evaluation']['metrics']['relative_l2']['mean']:.2g} %",
        f"{valid.mean:.1f} ({valid.low:.1f} to {valid.high:.1f})",
        f"{rolled_out['blown_up']} of {len(rolled_out['valid_times'])}",
        f"{APART * rolled_out['fair_steps']:.0f}",
        " / ".join(percent(rolled_out["spectrum_errors"][k]) for k in SHOWN),
    ]


def percent(error: float) -> str:
    """Return an error in words a reader can take in."""
    return f"{100 * error:.0f} %" if error < 10 else f"{error:.0f} times"


def table(raw: dict[str, Any]) -> str:
    """Return the table in Markdown."""
    heads = (
        "trained as",
        "parameters",
        "processor seconds",
        "one step, relative L2",
        "valid for a time of",
        "blew up",
        "spectrum fair for a time of",
        "spectrum error after " + ", ".join(f"{APART * WINDOW * (k + 1):.0f}" for k in SHOWN),
    )
    return markdown(heads, [row(name, each) for name, each in raw["contenders"].items()])


def page(raw: dict[str, Any]) -> str:
    """Return docs/results/stability.md."""
    rolled_out = {name: each["roll_out"] for name, each in raw["contenders"].items()}
    ours, others = rolled_out[FOLLOWED[1]], []
    for name, other in ((name, each) for name, each in rolled_out.items() if name != FOLLOWED[1]):
        times, low, high = ratio(ours["valid_times"], other["valid_times"])
        fair = f"fair for {APART * other['fair_steps']:.0f}" if other["fair_steps"] else "never fair"
        others.append((name, fair, f"{times:.2f} ({low:.2f} to {high:.2f})"))
    return filled(
        "stability",
        raw=raw,
        table=table(raw),
        others=others,
        ours=f"{APART * ours['fair_steps']:.0f}",
        whole=f"{APART * STEPS:.0f}",
        apart=APART,
        steps=STEPS,
        window=f"{APART * WINDOW:.0f}",
        fair=f"{FAIR:.0%}",
        truth=percent(max(raw["truth"]["spectrum_errors"])),
    )


def ratio(ours: list[float], others: list[float]) -> tuple[float, float, float]:
    """Return the ratio of two means over the same trajectories, and its percentile bootstrap 95 % interval."""
    pairs = np.array([ours, others])
    drawn = np.random.default_rng(0).integers(pairs.shape[1], size=(5000, pairs.shape[1]))
    first, second = pairs[:, drawn].mean(axis=2)
    low, high = np.percentile(first / second, [2.5, 97.5])
    return float(pairs[0].mean() / pairs[1].mean()), float(low), float(high)


def draw(contenders: dict[str, dict[str, Any]], climate: dict[str, Any], paths: dict[str, NDArray[np.float32]]) -> None:
    """Draw the spectra, the errors against time, and the waves themselves of the contenders that are followed."""
    figure = Figure(figsize=(11, 11), layout="constrained")
    places = figure.add_gridspec(6, 2)
    spectra, errors = (figure.add_subplot(places[:3, column]) for column in (0, 1))
    shells = np.arange(1, len(climate["spectrum"]))
    for name, each in contenders.items():
        spectra.semilogy(shells, each["roll_out"]["spectrum"][1:], label=name)
        errors.plot(APART * np.arange(1, 1 + len(each["roll_out"]["errors"])), each["roll_out"]["errors"], label=name)
    spectra.semilogy(shells, climate["spectrum"][1:], "k--", label="truth")
    most = max(climate["spectrum"])
    spectra.set(xlabel="wavenumber", ylabel="energy", ylim=(1e-9 * most, 10 * most))
    errors.axhline(0.4, color="k", linestyle=":")
    errors.set(xlabel="time", ylabel="root mean square error, in deviations", xlim=(0, 120), ylim=(0, 1.6))
    for axes in (spectra, errors):
        axes.legend(fontsize=8)
    last, shown = STEPS - 500, ("truth", *FOLLOWED)
    for line, name in enumerate(shown, start=3):
        for column, (start, when) in enumerate([(0, "the first"), (last, "the last")]):
            axes = figure.add_subplot(places[line, column])
            states = paths[name][0, start : start + 500, 0]
            ends = (APART * start, APART * (start + 500), 0, 44)
            axes.imshow(states.T, aspect="auto", origin="lower", cmap="RdBu_r", vmin=-3, vmax=3, extent=ends)
            axes.set_title(f"{name}: {when} {APART * 500:.0f} units of time", fontsize=9)
            axes.set_ylabel("x")
    figure.savefig(ROOT / "docs" / "results" / "stability.webp", dpi=80, pil_kwargs={"quality": 80, "method": 6})


if __name__ == "__main__":
    main()
