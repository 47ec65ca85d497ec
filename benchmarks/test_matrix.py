"""The short tests with every range of Python and torch that the package declares, each in an environment of its own.

    make test-matrix                                       # all pairs, and docs/reference/installation.md
    python benchmarks/test_matrix.py --only 3.13           # some of them, added to what was measured before
    python benchmarks/test_matrix.py --tests tests/models  # fewer tests, said so on the page
    python benchmarks/test_matrix.py --page                # the page again from the raw figures

An interpreter is what ``pythonX.Y`` on the path or pyenv gives; a pair without one is said to be without. Packages are
installed by uv, which shares their files between environments. An environment is removed after its tests.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from typing import Any

from _table import ROOT, filled, keep, markdown, newest, parser, stored, write_page

# The oldest torch whose tests pass, the one that `make setup` pins, and the newest that was tried.
OLDEST, PINNED, NEWEST = "2.8.0", "2.13.0", "2.15.0"
PAIRS = (
    ("3.11", OLDEST),
    ("3.11", PINNED),
    ("3.12", PINNED),
    ("3.12", NEWEST),
    ("3.13", OLDEST),
    ("3.13", NEWEST),
)
SHORT = ("-m", "not slow and not gpu", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
HEADS = ("Python", "torch", "numpy", "passed", "failed", "skipped", "minutes")


def interpreter(version: str) -> str | None:
    """Return a Python of a version: of pyenv, or on the path."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    kept = sorted(pyenv.glob(f"{version}.*/bin/python{version}"))
    return str(kept[-1]) if kept else shutil.which(f"python{version}")


def measured(python: str, torch: str, tests: list[str], place: Path) -> dict[str, Any]:
    """Return what the tests say in a fresh environment, whose folder is removed."""
    pair: dict[str, Any] = {"python": python, "torch": torch, "tests": tests}
    base = interpreter(python)
    if base is None:
        return pair | {"missing": f"no Python {python} on this machine"}
    folder = place / f"python{python}-torch{torch}"
    own = folder / "bin" / "python"
    try:
        uv("venv", "--python", base, str(folder))
        uv("pip", "install", "--python", str(own), "--editable", f"{ROOT}[dev]", f"torch=={torch}")
        return pair | versions(own) | outcome(own, tests)
    except subprocess.CalledProcessError as error:
        return pair | {"missing": f"could not be installed: {error.cmd[3:]}"}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def uv(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "uv", "--quiet", *words], check=True)


def versions(own: Path) -> dict[str, str]:
    """Return the exact versions of the interpreter and of the packages whose range matters."""
    code = "import platform, numpy, torch; print(platform.python_version(), torch.__version__, numpy.__version__)"
    written = subprocess.run([own, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    return dict(zip(("exact_python", "exact_torch", "numpy"), written, strict=True))


def outcome(own: Path, tests: list[str]) -> dict[str, Any]:
    """Return the counts of pytest, its minutes, and the names of what failed."""
    began = time.monotonic()
    words = [own, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rfE", *SHORT, *tests]
    ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = ended.stdout.strip().splitlines()
    print("\n".join(lines[-12:]), flush=True)
    counts = {name: int(count) for count, name in re.findall(r"(\d+) (passed|failed|skipped|error)", lines[-1])}
    failures = [line for line in lines if line.startswith(("FAILED ", "ERROR "))]
    minutes = (time.monotonic() - began) / 60
    return {"counts": counts, "failures": failures, "minutes": minutes, "code": ended.returncode}


def page(raw: dict[str, Any]) -> str:
    """Return docs/reference/installation.md."""
    ranges = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pairs = [pair for pair in raw["pairs"] if "counts" in pair]
    return filled(
        "installation",
        raw=raw,
        python=ranges["requires-python"],
        torch=next(need for need in ranges["dependencies"] if need.startswith("torch")),
        pinned=PINNED,
        table=markdown(HEADS, [row(pair) for pair in pairs], words=(0, 1, 2)),
        failures=[failure for pair in pairs for failure in pair["failures"]],
        missing=[pair for pair in raw["pairs"] if "missing" in pair],
        fewer=[pair for pair in pairs if pair["tests"]],
    )


def order(pair: tuple[str, str]) -> list[tuple[int, ...]]:
    """Return what sorts pairs by Python, then by torch."""
    return [tuple(map(int, version.split("."))) for version in pair]


def row(pair: dict[str, Any]) -> list[str]:
    counts = pair["counts"]
    failed = counts.get("failed", 0) + counts.get("error", 0)
    numbers = (counts.get("passed", 0), failed, counts.get("skipped", 0))
    return [pair["exact_python"], pair["exact_torch"], pair["numpy"], *map(str, numbers), f"{pair['minutes']:.0f}"]


def main() -> None:
    arguments = parser(__doc__, page=True)
    arguments.add_argument("--only", default="", metavar="WORD", help="pairs whose 'python3.12 torch2.13.0' holds WORD")
    arguments.add_argument("--pair", nargs=2, metavar=("PYTHON", "TORCH"), help="one pair more: --pair 3.11 2.7.1")
    arguments.add_argument("--tests", nargs="*", default=[], help="files and folders; all short tests unless said")
    options = arguments.parse_args()
    if not options.page:
        before = stored("test_matrix")["pairs"] if newest("test_matrix") else []
        pairs = {(pair["python"], pair["torch"]): pair for pair in before}
        asked = [tuple(options.pair)] if options.pair else PAIRS
        for python, torch in (pair for pair in asked if options.only in "python{} torch{}".format(*pair)):
            print(f"# Python {python}, torch {torch}", flush=True)
            with tempfile.TemporaryDirectory() as place:
                pairs[python, torch] = measured(python, torch, options.tests, Path(place))
            keep("test_matrix", {"pairs": [pairs[pair] for pair in sorted(pairs, key=order)]}, 1, ROOT)
    write_page("reference/installation", page(stored("test_matrix")))


if __name__ == "__main__":
    main()
