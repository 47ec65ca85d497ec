"""How long a shell waits for the tab key, and `surrogate --help` beside another checkout.

    python benchmarks/completion.py [--before CHECKOUT] [--rounds 41] [--only WORD ...]

Every answer is a process of its own, start included, one thread, in a folder with 60 data sets, 60 runs and 60 files.
In a round each line is answered once, so that what else the machine does meets all of them; ``--help`` and
``--version`` of both checkouts are asked for in the same round, the other one first every second time. Seconds are of
the clock and, beside them, of the processor: on a machine that others use the first say when an answer came, the second
what it costs. The medians are told, between the ranks that hold them with 95 %. Raw figures go to
results/DATE-completion.json.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _table import ROOT, keep, markdown, parser
from scipy import stats

LINES = {
    "commands": "surrogate tr",
    "options": "surrogate train --",
    "group names": "surrogate train mod",
    "models": "surrogate train model=",
    "recipes": "surrogate generate ",
    "experiments": "surrogate run ",
    "data sets": "surrogate train data=",
    "runs": "surrogate eval ",
    "files": "surrogate predict runs/r7 input=",
    "keys of the trainer": "surrogate train trainer.",
    "keys of the chosen model": "surrogate train model=mgno model.",
    "values": "surrogate train model=mgno model.restrict=",
    "keys of a recipe": "surrogate generate darcy_rough equation.permeability.",
    "keys of a stage": "surrogate run demo generate.equation.",
}
Seconds = tuple[float, float]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--before", type=Path, help="another checkout")
    arguments.add_argument("--rounds", type=int, default=41)
    arguments.add_argument("--only", nargs="*", choices=LINES, help="these lines alone")
    options = arguments.parse_args()
    lines = {name: LINES[name] for name in options.only or LINES}
    sides = {"after": ROOT} | ({} if options.before is None else {"before": options.before.resolve()})
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        furnish(place)
        seconds: dict[str, list[Seconds]] = {}
        for number in range(options.rounds + 1):
            for name, line in lines.items():
                note(seconds, f"tab: {name}", answer(place, ROOT, line))
            for words in ("--help", "train --help", "--version"):
                for side in sorted(sides, reverse=bool(number % 2)):
                    note(seconds, f"{side}: {words}", command(place, sides[side], words))
            if number == 0:
                seconds.clear()  # the first round warms up
    figures = {name: summary(pairs) for name, pairs in seconds.items()}
    ratios = {
        words: middle([after[1] / before[1] for after, before in zip(pairs, seconds[f"before: {words}"], strict=True)])
        for name, pairs in seconds.items()
        if (words := name.removeprefix("after: ")) != name and f"before: {words}" in seconds
    }
    keep("completion", {"lines": lines, "rounds": options.rounds, "figures": figures, "ratios": ratios}, 1, place)
    print(table(figures))
    for words, (low, median, high) in ratios.items():
        print(f"surrogate {words}: processor seconds after / before {median:.3f} ({low:.3f} to {high:.3f})")


def furnish(place: Path) -> None:
    """Make the folder: data sets and runs by their marks alone, and some files."""
    for number in range(60):
        for name, mark in ((f"data/d{number}", "manifest.json"), (f"runs/r{number}", "run.json")):
            (place / name).mkdir(parents=True)
            (place / name / mark).touch()
        (place / f"a{number}.npy").touch()


def answer(place: Path, checkout: Path, line: str) -> Seconds:
    """Return what an answer to the tab key takes."""
    return timed(place, checkout, (), {"_SURROGATE_COMPLETE": "complete_bash", "_SURROGATE_LINE": line})


def command(place: Path, checkout: Path, words: str) -> Seconds:
    """Return what a command takes."""
    return timed(place, checkout, tuple(words.split()), {})


def timed(place: Path, checkout: Path, words: tuple[str, ...], variables: dict[str, str]) -> Seconds:
    own = {"PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1", "COLUMNS": "120"}
    # Compiled once, as after an installation, and not in the checkouts.
    own |= {"PYTHONPYCACHEPREFIX": f"{place}/compiled", "PYTHONDONTWRITEBYTECODE": ""}
    environment = os.environ | own | variables
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "surrogate", *words],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not done.stdout.strip():
        raise SystemExit(f"no answer to {words or variables}")
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, processor


def note(seconds: dict[str, list[Seconds]], name: str, pair: Seconds) -> None:
    seconds.setdefault(name, []).append(pair)


def summary(pairs: list[Seconds]) -> dict[str, object]:
    """Return the medians of both clocks, and what was measured."""
    clock, processor = zip(*pairs, strict=True)
    return {"clock": middle(list(clock)), "processor": middle(list(processor)), "seconds": pairs}


def middle(values: list[float]) -> tuple[float, float, float]:
    """Return the median between the ranks that hold it with 95 %."""
    ranks = stats.binom(len(values), 0.5)
    low = max(int(ranks.ppf(0.025)) - 1, 0)
    ordered = sorted(values)
    return ordered[low], statistics.median(values), ordered[len(values) - 1 - low]


def table(figures: dict[str, dict[str, object]]) -> str:
    """Return the medians, in milliseconds."""
    rows = [(name, *(text(figure[clock]) for clock in ("clock", "processor"))) for name, figure in figures.items()]
    return markdown(("", "ms", "of the processor"), rows)


def text(span: object) -> str:
    low, median, high = (1000 * value for value in span)  # type: ignore[attr-defined]
    return f"{median:.0f} ({low:.0f} to {high:.0f})"


if __name__ == "__main__":
    main()
