"""What the benchmark scripts share: running the tool, naming the machine, keeping raw figures."""

from __future__ import annotations

import json
import os
import platform
import shlex
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


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
    """Return what a run and its evaluation found, with everything needed to repeat it."""
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    measured = json.loads((evaluation / "metrics.json").read_text(encoding="utf-8"))
    kept = {name: record[name] for name in ("parameters", "seconds", "metrics", "settings", "environment")}
    return {"run": kept, "evaluation": measured}


def percent(figure: dict[str, float] | None) -> str:
    """Return a mean with its interval, in percent."""
    if figure is None:
        return ""
    return f"{100 * figure['mean']:.2f} ({100 * figure['low']:.2f} to {100 * figure['high']:.2f})"


def publish(page: str, lines: list[str], raw: dict[str, Any], place: Path) -> None:
    """Write docs/PAGE.md and the raw figures behind it, dated; paths in these are relative to ``place``."""
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    text = json.dumps(raw, indent=1).replace(f"{place}{os.sep}", "") + "\n"
    (results / f"{date.today()}-{Path(page).name}.json").write_text(text, encoding="utf-8")
    (ROOT / "docs" / f"{page}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
