"""How much faster two workers are than one, and that workers, jobs and a kill change no byte.

``python benchmarks/solvers_workers.py [SECONDS [ROUNDS]]``: a data set that one worker makes in about so many seconds
(60) is made by one worker and by two, in turn, and then by four jobs of submitit on this machine of which one is
killed. A rate counts the start of the workers, and not the sealing, which is the same work for any number of them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import statistics
import tempfile
import time
from pathlib import Path

import _record
from _table import parser

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.datasets.generation import generate, submit
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.datasets.samples import plan_summary
from surrogate.reading import sha256

RECIPES = ("darcy_rough", "navier_stokes")
PARTS, JOBS = 24, 4


def main(seconds: float, rounds: int) -> None:
    rows = []
    for recipe in RECIPES:
        words = [f"recipe={recipe}", "certificate.samples=0", *counts(recipe, seconds)]
        rates: dict[int, list[float]] = {1: [], 2: []}
        parts = []
        for turn in range(rounds):
            for workers in (1, 2) if turn % 2 == 0 else (2, 1):
                with tempfile.TemporaryDirectory() as folder:
                    config = recipe_of([*words, f"workers={workers}"], Path(folder) / "data")
                    rates[workers].append(rate(config))
                    parts.append(hashes(config.out))
        with tempfile.TemporaryDirectory() as folder:
            config = recipe_of([*words, "cluster=local", f"cluster.jobs={JOBS}"], Path(folder) / "data")
            kill_one(config)
            rate(config)
            killed = hashes(config.out)
        one, two = statistics.median(rates[1]), statistics.median(rates[2])
        same = all(each == parts[0] for each in parts)
        rows.append((recipe, one, two, two / one, yes(same), yes(killed == parts[0])))
    _record.record(
        "scaling-workers",
        "Two workers against one, and the bytes of what they make",
        f"Samples per second, start of the workers counted, medians of {rounds} interleaved round(s); the same bytes "
        f"in every file from one worker, from two, and from {JOBS} jobs of submitit's local executor of which one was "
        "killed. At least 1.8 times the rate was asked for.",
        ("recipe", "1 worker, samples/s", "2 workers, samples/s", "ratio", "same bytes", "same bytes, one job killed"),
        rows,
    )


def counts(recipe: str, seconds: float) -> list[str]:
    """Return the counts of a data set of ``PARTS`` equal parts that one worker makes in about ``seconds``."""
    pilot = recipe_of([f"recipe={recipe}", f"count.train={PARTS}", "count.valid=0", "count.test=0"], Path("unused"))
    plan = plan_summary(pilot)
    part = max(1, round(seconds / PARTS / (plan.seconds / plan.samples)))
    return [f"count.train={part * PARTS}", "count.valid=0", "count.test=0", f"part_size={part}"]


def recipe_of(words: list[str], out: Path) -> GenerateConfig:
    return read(GenerateConfig, compose_tree("generate", words) | {"out": str(out)})


def rate(config: GenerateConfig) -> float:
    """Make the data set; return the samples per second of this call until the last part was there."""
    steps = list(generate(config, lambda: False))
    return (steps[-1].done - steps[0].done) / max(steps[-1].seconds, 1e-9)


def kill_one(config: GenerateConfig) -> None:
    """Leave the data set to jobs and kill one, with all that belongs to it, once the first part is there."""
    name = submit(config)[0]
    while not list(config.out.glob("data/*/*.hdf5")):
        time.sleep(0.05)
    family = [int(name)]
    for process in family:
        for task in Path(f"/proc/{process}/task").glob("*/children"):
            family += [int(word) for word in task.read_text().split()]
    for process in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def hashes(folder: Path) -> dict[str, str]:
    """Return the hash of every file but of the times it took."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "timing.jsonl"]
    return {str(path.relative_to(folder)): sha256(path) for path in files}


def yes(true: bool) -> str:
    return "yes" if true else "NO"


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("seconds", nargs="?", type=float, default=60.0)
    arguments.add_argument("rounds", nargs="?", type=int, default=3)
    options = arguments.parse_args()
    main(options.seconds, options.rounds)
