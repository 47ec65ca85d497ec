"""Write docs/results/benchmarks.md from the raw figures in results/, one table a question.

    python benchmarks/benchmarks_page.py [--measure]

With --measure the commands of the tables that have no raw figures are run first, and those that go on where they
stopped, which takes hours. Where figures are still missing the page names the command that makes them.
"""

from __future__ import annotations

import importlib
import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from _table import ROOT, filled, newest, parser, write_page


@dataclass(frozen=True)
class Chapter:
    """A question, the script that answers it, and what has to be said before its table.

    ``table`` of the script turns the raw figures, the newest of results/*NAME.json, into Markdown. ``goes_on``
    says that the script does again only what its raw figures lack.
    """

    script: str
    question: str
    about: str
    words: str = ""
    before: str = ""
    goes_on: bool = False

    @property
    def commands(self) -> list[str]:
        own = f"python benchmarks/{self.script}.py {self.words}".strip()
        return [self.before, own] if self.before else [own]

    @property
    def raw(self) -> Path | None:
        return newest(self.script)

    @property
    def table(self) -> str:
        """What the script makes of the raw figures."""
        assert self.raw is not None, "nothing was measured"
        text: str = importlib.import_module(self.script).table(json.loads(self.raw.read_text(encoding="utf-8")))
        return text


ROUGH_32 = "surrogate generate darcy_rough grid=32 count.train=1000 count.valid=100 count.test=200"
CHAPTERS = (
    Chapter(
        "accuracy",
        "What error do the experiments reach?",
        "`surrogate run NAME` makes the data, trains, evaluates and exports.",
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
    chapters = [
        {
            "question": chapter.question,
            "about": chapter.about,
            "raw": chapter.raw and chapter.raw.relative_to(ROOT),
            "table": chapter.raw and chapter.table,
            "commands": "\n".join(chapter.commands),
        }
        for chapter in CHAPTERS
    ]
    return filled("benchmarks", chapters=chapters)


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
    arguments = parser(__doc__)
    arguments.add_argument("--measure", action="store_true")
    if arguments.parse_args().measure:
        measure()
    write_page("results/benchmarks", page())


if __name__ == "__main__":
    main()
