"""What a change costs: a training step, a whole training and a whole generation in two checkouts, run in turn.

    python benchmarks/before_after.py /path/to/other/checkout [--rounds 7] [--epochs 6]

The same commands run in processes of their own from the other checkout (before) and from this one (after), one
thread, in turn. A round gives a ratio after / before of each figure: processor seconds of the whole command, start
included, and of a training the median wall seconds of an optimizer step, as its history has them. The median of the
ratios is told, between the ranks that hold it with 95 %. Raw figures go to results/DATE-before_after.json.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from _table import ROOT, machine
from scipy import stats

MAKE = "generate recipe=darcy_rough grid=32 count.train=48 count.valid=8 count.test=8 out={out}"
LEARN = "train data={data} model={model} trainer.epochs={epochs} trainer.device=cpu seed=0 out={out}"
MODELS = ("fno", "mgno")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, help="a checkout of what was before")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=6)
    arguments = parser.parse_args()
    checkouts = {"before": arguments.other.resolve(), "after": ROOT}
    found: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        run(checkouts["before"], MAKE.format(out=place / "data"))
        for number in range(arguments.rounds + 1):
            # Who comes first changes from round to round; the first round warms the caches of the disk.
            names = sorted(checkouts, reverse=number % 2 == 0)
            for name in names:
                for figure, seconds in measured(checkouts[name], place, f"{number}-{name}", arguments.epochs).items():
                    if number:
                        found.setdefault(figure, {}).setdefault(name, []).append(seconds)
    table = {figure: told(each["before"], each["after"]) for figure, each in found.items()}
    for figure, line in table.items():
        low, high = line["interval"]
        print(f"{figure:<40} {line['ratio']:.3f} ({low:.3f} to {high:.3f})")
    document = {"machine": machine(1), "rounds": arguments.rounds, "table": table, "raw": found}
    path = ROOT / "benchmarks" / "results" / f"{date.today()}-before_after.json"
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def measured(checkout: Path, place: Path, name: str, epochs: int) -> dict[str, float]:
    """Return the seconds of every figure of one round in one checkout."""
    figures = {"generate, processor seconds": run(checkout, MAKE.format(out=place / f"data-{name}"))}
    for model in MODELS:
        out = place / f"{model}-{name}"
        words = LEARN.format(data=place / "data", model=model, epochs=epochs, out=out)
        figures[f"train {model}, processor seconds"] = run(checkout, words)
        rows = [json.loads(line) for line in (out / "history.jsonl").read_text(encoding="utf-8").splitlines()]
        figures[f"train {model}, a step"] = statistics.median(row["seconds_per_step"] for row in rows[1:])
    return figures


def run(checkout: Path, words: str) -> float:
    """Return the processor seconds of a command of the package in ``checkout``, its own processes counted."""
    environment = os.environ | {"PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
    before = processor_seconds()
    command = [sys.executable, "-m", "surrogate", *shlex.split(words)]
    subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True)
    return processor_seconds() - before


def processor_seconds() -> float:
    """Return the seconds of all processes that this one has started and seen end."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def told(before: list[float], after: list[float]) -> dict[str, object]:
    """Return the median ratio of a figure, and the ranks between which it lies with 95 %."""
    ratios = sorted(b / a for a, b in zip(before, after, strict=True))
    rank = int(stats.binom.ppf(0.025, len(ratios), 0.5))
    rank = max(rank - 1, 0)
    return {"ratio": statistics.median(ratios), "interval": (ratios[rank], ratios[-1 - rank])}


if __name__ == "__main__":
    main()
