"""A search of settings that is interrupted once and goes on: its terminal, its pictures, and what the best is worth.

Twenty trials of MgNO on a small rough Darcy problem. After seven of them Ctrl-C is sent; the same command then goes on.
The best and a run of the default settings are evaluated on test samples, which no trial saw. What the terminal showed
lies in PLACE/search.log.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from _table import ROOT, filled, keep, markdown, parser, stored, surrogate, write_page

from surrogate.tuning.search_plots import curves_plot, importance_plot, parallel_plot, progress_plot
from surrogate.tuning.tune import result

DATA = (
    "generate darcy_rough grid=16 equation.resolution=64 count.train=128 count.valid=32 count.test=128"
    " certificate.floor=0.05 certificate.second=0.05 out=data/rough16"
)
SEARCH = "tune data/rough16 model=mgno trials=20 trainer.epochs=8"
STUDY = Path("runs/tune-rough16-mgno")
INTERRUPTED = 7  # trials that are done when Ctrl-C is sent
PICTURES = {
    "course": "error of each trial, and the best so far",
    "curves": "error by epoch; grey ones were pruned",
    "parallel": "a line for each trial: the best is thick, dashed ones were pruned",
    "importance": "how much each setting tells the better half of the trials",
}


def main() -> None:
    """Search, evaluate, keep the figures and write the page; or the page alone."""
    options = parser(__doc__, ROOT / "build" / "tuning", threads=1, page=True).parse_args()
    if not options.page:
        place, threads = options.place, options.threads
        place.mkdir(parents=True, exist_ok=True)
        surrogate(DATA, place, threads)
        if not (place / "search.log").exists():
            log = session(place, threads, stop=True) + session(place, threads, stop=False)
            (place / "search.log").write_text(log, encoding="utf-8")
        document = json.loads((place / STUDY / "search.json").read_text(encoding="utf-8"))
        best = STUDY / f"trial-{document['best']:03d}"
        surrogate("train data/rough16 model=mgno trainer.epochs=8 out=runs/default", place, threads)
        errors = {}
        for name, run in (("best of the search", best), ("default settings", Path("runs/default"))):
            surrogate(f"eval {run} solver_seconds=0", place, threads)
            measured = json.loads((place / run / "eval" / "test" / "metrics.json").read_text(encoding="utf-8"))
            record = json.loads((place / run / "run.json").read_text(encoding="utf-8"))
            errors[name] = {"test": measured["metrics"]["relative_l2"], "valid": record["metrics"]["valid_relative_l2"]}
        draw(place / STUDY)
        log = (place / "search.log").read_text(encoding="utf-8").splitlines()
        study = json.loads((place / STUDY / "study.json").read_text(encoding="utf-8"))
        figures = {"command": f"surrogate {SEARCH}", "errors": errors, "log": log, "search": document}
        figures |= {"pruner": study["settings"]["pruner"], "epochs": study["settings"]["epochs"]}
        keep("tuning", figures, threads, place)
    write_page("guide/tuning", page(stored("tuning")))


def session(place: Path, threads: int, stop: bool) -> str:
    """Run the search, to its end or until Ctrl-C, and return what the terminal showed and the exit code."""
    command = [sys.executable, "-m", "surrogate", *shlex.split(SEARCH)]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    with (place / "session.log").open("w", encoding="utf-8") as file:
        process = subprocess.Popen(command, cwd=place, stdout=file, stderr=subprocess.STDOUT, env=environment)
        while stop and process.poll() is None and not (place / STUDY / f"trial-{INTERRUPTED:03d}").is_dir():
            time.sleep(0.2)
        if stop:
            process.send_signal(signal.SIGINT)
        code = process.wait()
    return f"$ surrogate {SEARCH}\n{(place / 'session.log').read_text(encoding='utf-8')}exit code {code}\n"


def draw(study: Path) -> None:
    """Write the pictures of the report beside the page."""
    known = result(study)
    uris = (progress_plot(known), curves_plot(known), parallel_plot(known), importance_plot(known.importances))
    for name, uri in zip(PICTURES, uris, strict=True):
        file = ROOT / "docs" / "guide" / f"tuning-{name}.svg"
        file.write_bytes(base64.b64decode(uri.partition("base64,")[2]))


def page(raw: dict[str, Any]) -> str:
    """Return docs/guide/tuning.md."""
    first, second = sessions(raw["log"])
    rows = [
        (name, f"{100 * each['valid']:.2f} %", f"{100 * each['test']['mean']:.2f} %", span(each["test"]))
        for name, each in raw["errors"].items()
    ]
    heads = ("MgNO, 8 epochs", "valid relative L2", "test relative L2", "95 % interval")
    states = [trial["state"] for trial in raw["search"]["trials"]]
    return filled(
        "tuning",
        raw=raw,
        first=first,
        second=second,
        table=markdown(heads, rows),
        pictures=[(f"tuning-{name}.svg", caption) for name, caption in PICTURES.items()],
        finished=states.count("finished"),
        pruned=states.count("pruned"),
        interrupted=INTERRUPTED,
        alone=round(raw["pruner"]["warmup"] * raw["epochs"]),
        minutes=round(sum(trial["seconds"] for trial in raw["search"]["trials"]) / 60),
    )


def sessions(log: list[str]) -> tuple[str, str]:
    """Return what the terminal showed before and after the interruption, without the lines of progress."""
    shown = [line.rstrip() for line in log if not re.match(r"tune \d+/\d+", line)]
    again = next(number for number, line in enumerate(shown) if line.startswith("$") and number)
    return "\n".join(shown[:again]), "\n".join(shown[again:])


def span(figure: dict[str, float]) -> str:
    """Return an interval in per cent."""
    return f"{100 * figure['low']:.2f} to {100 * figure['high']:.2f} %"


if __name__ == "__main__":
    main()
