"""What the benchmark scripts share: running the tool, naming the machine, keeping raw figures, writing pages."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
# The prose of pages, Markdown: nothing is escaped, and a figure that is not there is a mistake.
TEMPLATES = Environment(
    loader=FileSystemLoader(ROOT / "benchmarks" / "templates"),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def parser(
    about: str | None, place: Path | None = None, threads: int | None = None, page: bool = False
) -> argparse.ArgumentParser:
    """Return a parser that prints the text of a script as it stands there, with the options that are asked for.

    Args:
        about: the docstring of the script.
        place: where data/ and runs/ go unless ``--place`` names another folder; None: there is no such option.
        threads: of every run unless ``--threads`` says so; None: there is no such option.
        page: whether ``--page`` writes the page from the newest raw figures and measures nothing.
    """
    made = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    if place is not None:
        made.add_argument(
            "--place", type=lambda text: Path(text).absolute(), default=place, help="where data/ and runs/ go"
        )
    if threads is not None:
        made.add_argument("--threads", type=int, default=threads)
    if page:
        made.add_argument(
            "--page", action="store_true", help="write the page from the newest raw figures, measure nothing"
        )
    return made


def surrogate(words: str, place: Path, threads: int) -> None:
    """Run one command of the tool in ``place``; what is finished there is not done again."""
    print(f"$ surrogate {words}", flush=True)
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    subprocess.run([sys.executable, "-m", "surrogate", *shlex.split(words)], cwd=place, check=True, env=environment)


def machine(threads: int) -> str:
    """Return what the figures were measured on."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    cpu = next((line.split(":")[1].strip() for line in lines if "model name" in line), platform.processor())
    return f"{cpu} with {os.cpu_count()} cores, {threads} thread(s) a run, Python {platform.python_version()}"


def result(run: Path, evaluation: Path) -> dict[str, Any]:
    """Return what a run and its evaluation measured, with everything needed to repeat it."""
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    measured = json.loads((evaluation / "metrics.json").read_text(encoding="utf-8"))
    kept = {name: record[name] for name in ("parameters", "seconds", "metrics", "settings", "environment")}
    return {"run": kept, "evaluation": measured}


def keep(name: str, figures: dict[str, Any], threads: int, place: Path) -> dict[str, Any]:
    """Write raw figures as results/DATE-NAME.json, paths relative to ``place``; return them with machine and date."""
    RESULTS.mkdir(exist_ok=True)
    raw = {"machine": machine(threads), "date": str(date.today()), **figures}
    text = json.dumps(raw, indent=1).replace(f"{place}{os.sep}", "") + "\n"
    (RESULTS / f"{raw['date']}-{name}.json").write_text(text, encoding="utf-8")
    return raw


def newest(name: str) -> Path | None:
    """Return the newest raw figures of a name, if any."""
    files = [*RESULTS.glob(f"{name}.json"), *sorted(RESULTS.glob(f"????-??-??-{name}.json"))]
    return files[-1] if files else None


def stored(name: str) -> dict[str, Any]:
    """Return the newest raw figures of a name, read."""
    path = newest(name)
    if path is None:
        raise SystemExit(f"{RESULTS}: there are no figures of {name} yet")
    raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return raw


def percent(figure: dict[str, float] | None) -> str:
    """Return a mean with its interval, in percent."""
    if figure is None:
        return ""
    return f"{100 * figure['mean']:.2f} ({100 * figure['low']:.2f} to {100 * figure['high']:.2f})"


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]], words: tuple[int, ...] = (0,)) -> str:
    """Return a table; the columns ``words`` hold words, the others numbers."""
    rule = "|" + "|".join("---" if column in words else "--:" for column in range(len(heads))) + "|"
    first, *rest = ("".join(f"| {cell} " if cell else "| " for cell in cells) + "|" for cells in (heads, *rows))
    return "\n".join([first, rule, *rest])


def filled(template: str, **figures: Any) -> str:
    """Return the page of templates/NAME.md.j2 with its figures."""
    return TEMPLATES.get_template(f"{template}.md.j2").render(figures)


def write_page(page: str, text: str) -> None:
    """Write docs/PAGE.md."""
    (ROOT / "docs" / f"{page}.md").write_text(text, encoding="utf-8")
