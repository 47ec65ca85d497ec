"""Write docs/results/benchmarks.md from the raw figures in results/, one table a question.

    python benchmarks/benchmarks_page.py [--measure]

With --measure the commands of the tables that have no raw figures are run first, and those that go on where they
stopped, which takes hours. Where figures are still missing the page names the command that makes them.
"""

from __future__ import annotations

import argparse
import importlib
import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _table import ROOT

RESULTS = ROOT / "benchmarks" / "results"
OPENING = """# How fast and how accurate

Every table was written by the command beneath it, from the raw figures in the file beside that; `make bench` does all
that is missing, and this page. Ratios come from runs interleaved in one process, so they mean something on a busy
machine; seconds and minutes are of the machine named. How far the data can be trusted is on [another page](solvers.md).
"""


@dataclass(frozen=True)
class Chapter:
    """A question, the script that answers it, and what has to be said before its table.

    ``table`` of the script turns the raw figures, the newest of results/*NAME.json, into lines of Markdown. ``goes_on``
    says that the script does again only what its raw figures lack.
    """

    script: str
    question: str
    says: str
    words: str = ""
    before: str = ""
    goes_on: bool = False

    @property
    def commands(self) -> list[str]:
        own = f"python benchmarks/{self.script}.py {self.words}".strip()
        return [self.before, own] if self.before else [own]

    @property
    def raw(self) -> Path | None:
        found = sorted(RESULTS.glob(f"*{self.script}.json"))
        return found[-1] if found else None


ROUGH_32 = "surrogate generate recipe=darcy_rough grid=32 count.train=1000 count.valid=100 count.test=200"
CHAPTERS = (
    Chapter(
        "accuracy",
        "What error do the experiments reach?",
        "`surrogate run experiment=NAME` makes the data, trains, evaluates and exports.",
        goes_on=True,
    ),
    Chapter(
        "comparison",
        "What do other packages reach on the same data in the same time?",
        "Rough Darcy flow at 32 x 32; learning rates of all chosen on validation data.",
        words="--data data/darcy_rough-32",
        before=f"{ROUGH_32} out=data/darcy_rough-32",
    ),
    Chapter(
        "ablation",
        "What helps MgNO?",
        "One change to the default at a time; every row gets the time of the default.",
        goes_on=True,
    ),
    Chapter(
        "off_grid",
        "What happens away from the training grid?",
        "Trained at 64 x 64; the truth on every other grid is a solve on that grid.",
    ),
    Chapter(
        "stability",
        "How long does a roll-out stay right?",
        "Chaotic waves learned from ten trajectories at equal cost; [the page](stability.md) has the picture.",
    ),
    Chapter("train_step", "How long does a step of FNO take, beside neuraloperator's?", "The same block in both."),
    Chapter("mgno_step", "How does a step of MgNO grow with the grid?", "Batch times unknowns is held constant."),
    Chapter("deeponet_step", "How long does a step of DeepONet take, beside DeepXDE's?", "The same networks in both."),
)


def page() -> str:
    """Return the page as Markdown."""
    parts = [OPENING]
    for chapter in CHAPTERS:
        parts.append(f"## {chapter.question}\n\n{chapter.says}\n")
        parts.append(_measured(chapter))
    return "\n".join(parts)


def _measured(chapter: Chapter) -> str:
    source = "\n".join(chapter.commands)
    if chapter.raw is None:
        return f"Not measured yet:\n\n```sh\n{source}\n```\n"
    raw: dict[str, Any] = json.loads(chapter.raw.read_text(encoding="utf-8"))
    lines = "\n".join(importlib.import_module(chapter.script).table(raw))
    return f"{lines}\n\nRaw figures: `{chapter.raw.relative_to(ROOT)}`, made by\n\n```sh\n{source}\n```\n"


def measure() -> None:
    """Run the commands of every table that has no raw figures, or may lack some."""
    for chapter in CHAPTERS:
        if chapter.raw is None or chapter.goes_on:
            for command in chapter.commands:
                print(f"$ {command}", flush=True)
                program, *words = shlex.split(command)
                head = [sys.executable] if program == "python" else [sys.executable, "-m", program]
                subprocess.run([*head, *words], cwd=ROOT, check=True)


def main() -> None:
    """Measure what is missing, if asked, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", action="store_true")
    if parser.parse_args().measure:
        measure()
    (ROOT / "docs" / "results" / "benchmarks.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
