"""What a change costs: generation, training, prediction and start-up in two checkouts, run in turn.

    python benchmarks/before_after.py /path/to/other/checkout [--after CHECKOUT] [--rounds 7] [--only WORD ...]

Each command runs in a process of its own from the other checkout (before) and at once from this one (after), one
thread; who comes first changes from round to round, and a round before the first warms the caches. A round gives a
ratio after / before of each figure. *command*: processor seconds of the whole command, start included, its own
processes counted. *again*: processor seconds of the same in a process that has done it once, so without start.
*a step*: the median wall seconds of an optimizer step, as the history of the last training has them. The median of the
ratios is told, between the ranks that hold it with 95 %. Raw figures go to results/DATE-before_after.json.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
from _table import ROOT, machine
from scipy import stats

MAKE = {
    "darcy_rough": "generate recipe=darcy_rough grid=32 count.train=32 count.valid=8 count.test=8 "
    "pilot=false certificate.samples=1 out={out}",
    "navier_stokes": "generate recipe=navier_stokes grid=32 equation.frames=4 equation.horizon=3"
    " count.train=16 count.valid=1 count.test=1 pilot=false certificate.samples=0 out={out}",
}
LEARN = (
    "train data={data} model={model} trainer.epochs={epochs} trainer.device=cpu seed=0 allow_uncertified=true out={out}"
)
PREDICT = "predict run={run} input={input} out={out} overwrite=true device=cpu"
MODELS = ("fno", "mgno", "deeponet")

# The command line as a function, so that a command can be given again where everything is loaded.
AGAIN = """
import contextlib, io, json, sys, time
from surrogate.cli.app import app
def once(number):
    start = time.process_time()
    words = [word.replace("NUMBER", str(number)) for word in sys.argv[2:]]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = app(words, prog_name="surrogate", standalone_mode=False)
    assert not code, said.getvalue()
    return time.process_time() - start
print(json.dumps([once(number) for number in range(int(sys.argv[1]) + 1)][1:]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, help="a checkout of what was before")
    parser.add_argument("--after", type=Path, default=ROOT, help="a checkout of what is after, this one unless said")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--only", nargs="+", default=[""], metavar="WORD", help="figures that begin so")
    options = parser.parse_args()
    checkouts = {"before": options.other.resolve(), "after": options.after.resolve()}
    seconds: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if options.only != ["help"]:
            prepare(checkouts["before"], place)
        jobs = {
            name: job for name, job in measures(place, options.epochs).items() if name.startswith(tuple(options.only))
        }
        for number in range(options.rounds + 1):
            for job in jobs.values():
                for side in sorted(checkouts, reverse=number % 2 == 0):
                    out = place / f"out-{number}-{side}"
                    for figure, value in job(checkouts[side], out).items():
                        if number:
                            seconds.setdefault(figure, {}).setdefault(side, []).append(value)
                    for each in place.glob(f"{out.name}*"):
                        shutil.rmtree(each)
    table = {figure: compared(sides["before"], sides["after"]) for figure, sides in seconds.items()}
    print(f"| figure | before, s | ratio after / before | 95 % |\n|---|--:|--:|---|\n{rows(table, seconds)}")
    document = {"machine": machine(1), "rounds": options.rounds, "table": table, "raw": seconds}
    path = ROOT / "benchmarks" / "results" / f"{date.today()}-before_after.json"
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def prepare(before: Path, place: Path) -> None:
    """Make the data, the run and the fields that both sides read."""
    run(before, MAKE["darcy_rough"].format(out=place / "data"))
    run(before, LEARN.format(data=place / "data", model="fno", epochs=1, out=place / "run"))
    np.save(place / "fields.npy", np.random.default_rng(0).uniform(2, 12, (64, 1, 32, 32)).astype(np.float32))


def measures(place: Path, epochs: int) -> dict[str, Callable[[Path, Path], dict[str, float]]]:
    """Return what measures, by name: of a checkout and a folder that is not there yet, seconds by figure."""
    prediction = PREDICT.format(run=place / "run", input=place / "fields.npy", out=place / "u.npy")

    def made(recipe: str) -> Callable[[Path, Path], dict[str, float]]:
        return lambda checkout, out: {f"generate {recipe}, command": run(checkout, MAKE[recipe].format(out=out))}

    def learned(model: str) -> Callable[[Path, Path], dict[str, float]]:
        def job(checkout: Path, out: Path) -> dict[str, float]:
            words = LEARN.format(data=place / "data", model=model, epochs=epochs, out=f"{out}NUMBER")
            seconds = again(checkout, 3, words)
            lines = Path(f"{out}3", "history.jsonl").read_text(encoding="utf-8").splitlines()
            step = statistics.median(json.loads(line)["seconds_per_step"] for line in lines[1:])
            return {f"train {model}, again": seconds, f"train {model}, a step": step}

        return job

    return {
        **{f"generate {recipe}": made(recipe) for recipe in MAKE},
        **{f"train {model}": learned(model) for model in MODELS},
        "predict command": lambda checkout, out: {"predict, command": run(checkout, prediction, 3)},
        "predict again": lambda checkout, out: {"predict, again": again(checkout, 20, prediction)},
        "help": lambda checkout, out: {"--help, command": run(checkout, "--help", 10)},
    }


def run(checkout: Path, words: str, times: int = 1) -> float:
    """Return the processor seconds of a command of the package in ``checkout``, the mean of so many times."""
    before = processor_seconds()
    for _ in range(times):
        python(checkout, ["-m", "surrogate", *shlex.split(words)])
    return (processor_seconds() - before) / times


def again(checkout: Path, times: int, words: str) -> float:
    """Return the median processor seconds of a command given so many times more in one process."""
    return statistics.median(json.loads(python(checkout, ["-c", AGAIN, str(times), *shlex.split(words)])))


def python(checkout: Path, words: list[str]) -> str:
    """Return what Python prints with the package of ``checkout``, one thread."""
    place = tempfile.gettempdir()
    # Compiled modules lie outside the checkouts, which stay as they are.
    environment = os.environ | {"PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
    environment |= {"PYTHONPYCACHEPREFIX": f"{place}/before_after{checkout}"}
    done = subprocess.run([sys.executable, *words], cwd=place, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{checkout}: {' '.join(words)}\n{done.stdout}{done.stderr}")
    return done.stdout


def processor_seconds() -> float:
    """Return the seconds of all processes that this one has started and seen end."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def compared(before: list[float], after: list[float]) -> dict[str, object]:
    """Return the median ratio of a figure, and the ranks between which it lies with 95 %."""
    ratios = sorted(b / a for a, b in zip(before, after, strict=True))
    rank = max(int(stats.binom.ppf(0.025, len(ratios), 0.5)) - 1, 0)
    return {"ratio": statistics.median(ratios), "interval": (ratios[rank], ratios[-1 - rank])}


def rows(table: dict[str, dict[str, object]], seconds: dict[str, dict[str, list[float]]]) -> str:
    """Return the lines of the table."""
    return "\n".join(
        "| {} | {:.3g} | {:.3f} | {:.3f} to {:.3f} |".format(
            figure, statistics.median(seconds[figure]["before"]), line["ratio"], *line["interval"]
        )
        for figure, line in table.items()
    )


if __name__ == "__main__":
    main()
