"""What a change costs: generation, training, prediction and start-up in two checkouts, run in turn.

    python benchmarks/before_after.py /path/to/other/checkout [--after CHECKOUT] [--pairs 40] [--only WORD ...]

Of each checkout one process stands ready with everything loaded. A pair is one command given to both, one thread, the
other side first every second time; the first two pairs warm up. A pair gives a ratio after / before, and pairs follow
each other within a second or two, so that what else the machine does meets both. *again*: processor seconds of the
command; *a step*: processor seconds of an optimizer step, the median of a training; *command*: processor seconds of a
new process, start included, its own processes counted. The median of the ratios is told, between the ranks that hold it
with 95 %. Raw figures go to results/DATE-before_after.json, where a figure measured again replaces what stood there.
"""

from __future__ import annotations

import argparse
import contextlib
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
WARMING = 2

# The command line as a function in a process that stays: a line of words comes in, a line of seconds goes out.
# The clock that training reads is the processor's here.
SERVER = """
import contextlib, io, json, sys, time
time.perf_counter = time.process_time
from surrogate.cli.app import app
for line in sys.stdin:
    start = time.process_time()
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        code = app(json.loads(line), prog_name="surrogate", standalone_mode=False)
    assert not code, text.getvalue()
    print(time.process_time() - start, flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, help="a checkout of what was before")
    parser.add_argument("--after", type=Path, default=ROOT, help="a checkout of what is after, this one unless said")
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--only", nargs="+", default=[""], metavar="WORD", help="figures that begin so")
    options = parser.parse_args()
    checkouts = {"before": options.other.resolve(), "after": options.after.resolve()}
    seconds: dict[str, dict[str, list[float]]] = {}
    table: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        place = Path(folder)
        if options.only != ["help"]:
            prepare(checkouts["before"], place)
        ready = {side: stack.enter_context(Ready(checkout)) for side, checkout in checkouts.items()}
        for name, job in measures(place, options.epochs).items():
            if not name.startswith(tuple(options.only)):
                continue
            for number in range(options.pairs + WARMING):
                for side in sorted(checkouts, reverse=number % 2 == 0):
                    out = place / f"out-{number}-{side}"
                    for figure, value in job(ready[side], out).items():
                        if number >= WARMING:
                            seconds.setdefault(figure, {}).setdefault(side, []).append(value)
                    shutil.rmtree(out, ignore_errors=True)
            for figure in seconds.keys() - table.keys():
                table[figure] = compared(seconds[figure]["before"], seconds[figure]["after"])
                print(figure, table[figure], file=sys.stderr, flush=True)
    print(f"| figure | before, s | ratio after / before | 95 % |\n|---|--:|--:|---|\n{rows(table, seconds)}")
    path = ROOT / "benchmarks" / "results" / f"{date.today()}-before_after.json"
    former = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"table": {}, "raw": {}}
    document = {"machine": machine(1), "table": former["table"] | table, "raw": former["raw"] | seconds}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def prepare(before: Path, place: Path) -> None:
    """Make the data, the run and the fields that both sides read."""
    run(before, MAKE["darcy_rough"].format(out=place / "data"))
    run(before, LEARN.format(data=place / "data", model="fno", epochs=1, out=place / "run"))
    np.save(place / "fields.npy", np.random.default_rng(0).uniform(2, 12, (64, 1, 32, 32)).astype(np.float32))


def measures(place: Path, epochs: int) -> dict[str, Callable[[Ready, Path], dict[str, float]]]:
    """Return what measures, by name: of a side and a folder that is not there yet, seconds by figure."""
    prediction = PREDICT.format(run=place / "run", input=place / "fields.npy", out=place / "u.npy")

    def made(recipe: str) -> Callable[[Ready, Path], dict[str, float]]:
        return lambda side, out: {f"generate {recipe}, command": run(side.checkout, MAKE[recipe].format(out=out))}

    def learned(model: str) -> Callable[[Ready, Path], dict[str, float]]:
        def job(side: Ready, out: Path) -> dict[str, float]:
            seconds = side.again(LEARN.format(data=place / "data", model=model, epochs=epochs, out=out))
            lines = (out / "history.jsonl").read_text(encoding="utf-8").splitlines()
            step = statistics.median(json.loads(line)["seconds_per_step"] for line in lines[1:])
            return {f"train {model}, again": seconds, f"train {model}, a step": step}

        return job

    return {
        "help": lambda side, out: {"--help, command": run(side.checkout, "--help")},
        "predict again": lambda side, out: {"predict, again": side.again(prediction)},
        "predict command": lambda side, out: {"predict, command": run(side.checkout, prediction)},
        **{f"train {model}": learned(model) for model in MODELS},
        **{f"generate {recipe}": made(recipe) for recipe in MAKE},
    }


class Ready:
    """A process of a checkout that has everything loaded and takes commands."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout

    def __enter__(self) -> Ready:
        place, environment = apart(self.checkout)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([sys.executable, "-c", SERVER], cwd=place, env=environment, **pipes)
        return self

    def again(self, words: str) -> float:
        """Return the processor seconds of a command."""
        print(json.dumps(shlex.split(words)), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.checkout}: {words}: failed")
        return float(line)

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.communicate()


def run(checkout: Path, words: str) -> float:
    """Return the processor seconds of a command of the package in ``checkout``, in a process of its own."""
    before = processor_seconds()
    place, environment = apart(checkout)
    command = [sys.executable, "-m", "surrogate", *shlex.split(words)]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{checkout}: {words}\n{done.stdout}{done.stderr}")
    return processor_seconds() - before


def apart(checkout: Path) -> tuple[str, dict[str, str]]:
    """Return the folder and the environment of a process of ``checkout``, whose compiled modules lie outside it."""
    place = tempfile.gettempdir()
    compiled = {"PYTHONPYCACHEPREFIX": f"{place}/before_after{checkout}"}
    return place, os.environ | {"PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"} | compiled


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
