"""The census of the house: what its code repeats, probes and imports, and how many files an addition edits.

    python benchmarks/house.py [--before CHECKOUT-or-COMMIT] [--after CHECKOUT] [--details] [--no-additions]

Printed as a table, before and after. What is counted, in ``surrogate/`` alone:

* lines of files, docstrings and empty lines among them;
* functions that hand ``specification``, ``settings`` or ``points`` on: they have a parameter of that name, use it, and
  every use is to give it, as it is, to a call;
* functions of ``equations/`` that forward one call: behind the docstring they do nothing but return a call (or a tuple
  entry or attribute of it) whose arguments are names, constants, attributes and calls of no arguments but those;
* modules of the library, which is all but ``config/`` and what stands on it (``cli/``, the public interface and the
  contracts of ``testing/``), that import ``surrogate.config``;
* probes: ``hasattr``, and ``getattr`` of a name that is written out, outside ``cli/``;
* files edited to add a model, loss, metric, optimizer, equation. An existing one is copied under another name in a copy
  of the checkout, its module and its YAML, and the command line has to use it: 0 where it does. Where it does not, as
  there is no folder to put it into or it is refused, every file of ``surrogate/`` that names the existing one as a
  choice or a key is edited: a string in a Literal, a comparison, a collection or the key of a mapping.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from _table import ROOT

HANDED = ("specification", "settings", "points")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Addition:
    """One of a kind: ``model`` and its copy, the folders that may hold its module and its YAML, and who must use it."""

    kind: str
    name: str
    modules: tuple[str, ...]
    words: str
    settings: str = ""
    shown: str = ""


DATA = (
    "generate recipe=poisson grid=16 count.train=4 count.valid=2 count.test=2 pilot=false certificate.samples=0 out=d"
)
LEARN = "train data=d allow_uncertified=true trainer.epochs=1 trainer.device=cpu model.hidden_channels=4 out="
ADDITIONS = (
    Addition("model", "mgno", ("models",), f"{LEARN}model model=twin", "conf/model"),
    Addition("loss", "mse", ("training/losses",), f"{LEARN}loss loss=twin", "conf/loss"),
    Addition("metric", "vrmse", ("evaluation/metrics",), "eval run=base solver_seconds=0 device=cpu out=e", "", "twin"),
    Addition("optimizer", "soap", ("training/optimizers",), f"{LEARN}optimizer optimizer=twin", "conf/optimizer"),
    Addition("equation", "poisson", ("equations",), DATA.replace("=poisson", "=twin")[:-1] + "t", "data_recipes"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", help="a checkout, or a commit of this one")
    parser.add_argument("--after", type=Path, default=ROOT)
    parser.add_argument("--details", action="store_true", help="name the functions, modules, probes and files")
    parser.add_argument("--no-additions", action="store_true", help="count nothing that has to be run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        sides = {}
        if options.before:
            sides["before"] = checkout(options.before, Path(place) / "before")
        sides["after"] = options.after.resolve()
        counted = {name: census(root, options.details) for name, root in sides.items()}
        if not options.no_additions:
            for name, root in sides.items():
                counted[name] |= additions(root, Path(place) / f"{name}-added", options.details)
    rows = list(dict.fromkeys(row for counts in counted.values() for row in counts))
    print(f"| | {' | '.join(sides)} |\n|---|{'--:|' * len(sides)}")
    for row in rows:
        print(f"| {row} | {' | '.join(format(counts.get(row, 0), ',') for counts in counted.values())} |")


def checkout(given: str, place: Path) -> Path:
    """Return the folder of a checkout, that of a commit unpacked in ``place``."""
    if Path(given).is_dir():
        return Path(given).resolve()
    place.mkdir()
    archive = subprocess.run(["git", "archive", given], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "x"], cwd=place, input=archive, check=True)
    return place


def census(root: Path, details: bool) -> dict[str, int]:
    """Return every count that reading the files of a checkout gives."""
    library = root / "surrogate"
    texts = {path.relative_to(library).as_posix(): path.read_text("utf-8") for path in sorted(library.rglob("*.py"))}
    trees = {name: ast.parse(text) for name, text in texts.items()}
    rooms = Counter({"(single files)": 0})
    for name, text in texts.items():
        rooms[name.split("/")[0] + "/" if "/" in name else "(single files)"] += len(text.splitlines())
    counts = {"lines of the library": rooms.total()}
    counts |= {f"lines of {room}": rooms[room] for room in sorted(rooms, key=lambda room: (room[0] == "(", room))}
    functions = [(name, each) for name, tree in trees.items() for each in ast.walk(tree) if isinstance(each, Function)]
    named = {
        f"functions that hand `{word}` on untouched": [f"{n}:{f.name}" for n, f in functions if hands_on(f, word)]
        for word in HANDED
    }
    own = [(name, each) for name, each in functions if name.startswith("equations/")]
    named["functions in equations/ that forward one call"] = [f"{n}:{f.name}" for n, f in own if forwards(f)]
    named["modules of the library that import surrogate.config"] = [
        name for name, tree in trees.items() if not outside(name) and any(imports_config(tree))
    ]
    named["getattr and hasattr probes"] = [
        f"{name}:{line}" for name, tree in trees.items() if not name.startswith("cli/") for line in probes(tree)
    ]
    if details:
        for what, which in named.items():
            print(f"{what}: {' '.join(which)}\n")
    return counts | {"functions in equations/": len(own)} | {what: len(which) for what, which in named.items()}


def hands_on(function: Function, word: str) -> bool:
    """Return whether a parameter is used, and only as a whole argument of calls."""
    arguments = function.args
    if word not in {each.arg for each in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]}:
        return False
    inside = [node for statement in function.body for node in ast.walk(statement)]
    uses = [node for node in inside if isinstance(node, ast.Name) and node.id == word]
    given = {
        id(argument)
        for call in inside
        if isinstance(call, ast.Call)
        for argument in [*call.args, *(keyword.value for keyword in call.keywords)]
    }
    return bool(uses) and all(id(use) in given for use in uses)


def forwards(function: Function) -> bool:
    """Return whether a function is one call of what it was given."""
    body = [each for each in function.body if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))]
    if len(body) != 1 or not isinstance(body[0], ast.Return | ast.Expr):
        return False
    value = body[0].value
    while isinstance(value, ast.Subscript | ast.Attribute):
        value = value.value
    return isinstance(value, ast.Call) and all(
        plain(each.value if isinstance(each, ast.Starred) else each)
        for each in [*value.args, *(keyword.value for keyword in value.keywords)]
    )


def plain(node: ast.expr) -> bool:
    """Return whether an argument is handed on, not computed."""
    if isinstance(node, ast.Attribute):
        return plain(node.value)
    if isinstance(node, ast.Call):
        return all(plain(each) for each in [node.func, *node.args, *(keyword.value for keyword in node.keywords)])
    return isinstance(node, ast.Name | ast.Constant)


def outside(name: str) -> bool:
    """Return whether a module is above the library."""
    return name.startswith(("config/", "cli/", "interface/", "testing/")) or name == "__init__.py"


def imports_config(tree: ast.Module) -> Iterator[bool]:
    """Give, for each import of the module, whether it is of ``surrogate.config``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield any(f"{alias.name}.".startswith("surrogate.config.") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.", *(f"{node.module}.{alias.name}." for alias in node.names)]
            yield any(name.startswith("surrogate.config.") for name in names)


def probes(tree: ast.Module) -> Iterator[int]:
    """Give the lines that ask an object for what it may not have."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) > 1:
            written = isinstance(node.args[1], ast.Constant)
            if node.func.id == "hasattr" or (node.func.id == "getattr" and written):
                yield node.lineno


def additions(root: Path, place: Path, details: bool) -> dict[str, int]:
    """Return, for each kind of thing, how many files are edited to add one."""
    place.mkdir(parents=True)
    shutil.copy(root / "pyproject.toml", place)
    for part in ("surrogate", "conf", "data_recipes"):
        shutil.copytree(root / part, place / part, ignore=shutil.ignore_patterns("__pycache__"))
    run(place, DATA)
    run(place, f"{LEARN}base")
    counts = {}
    for addition in ADDITIONS:
        why = refused(place, addition)
        edited = naming(place / "surrogate", addition) if why else []
        if details:
            print(f"{addition.kind}: {why or 'used as it is'} {' '.join(edited)}\n")
        counts[f"files edited to add one {addition.kind}"] = len(edited)
    return counts


def refused(place: Path, addition: Addition) -> str:
    """Add the twin of an existing one and use it; return why that does not go, empty where it does."""
    copied = [
        twin(place / folder / f"{addition.name}{ending}", addition.name)
        for folder, ending in [
            *((f"surrogate/{each}", ".py") for each in addition.modules),
            (addition.settings, ".yaml"),
        ]
        if folder
    ]
    if not all(copied):
        return "there is no folder of its kind"
    refusal = run(place, addition.words)
    shown = place / "e" / "metrics.json"
    if addition.shown and not refusal and addition.shown not in json.loads(shown.read_text("utf-8"))["metrics"]:
        return "it is passed over"
    return refusal


def twin(path: Path, name: str) -> bool:
    """Copy a file under the name ``twin``, which it also gives itself; False where there is none."""
    if not path.is_file():
        return False
    text = path.read_text("utf-8").replace(f'"{name}"', '"twin"').replace(f"name: {name}\n", "name: twin\n")
    path.with_stem("twin").write_text(text, "utf-8")
    return True


def run(place: Path, words: str) -> str:
    """Run a command of the copy; return its last line where it fails."""
    environment = os.environ | {"PYTHONPATH": str(place), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "surrogate", *shlex.split(words)]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    return "" if not done.returncode else (done.stdout + done.stderr).strip().splitlines()[-1]


def naming(library: Path, addition: Addition) -> list[str]:
    """Return the files that name the existing one as a choice, other than its own."""
    named = []
    for path in sorted(library.rglob("*.py")):
        if path.stem in (addition.name, "twin"):
            continue
        choices = [
            each
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Compare | ast.Subscript)
            for each in (node.keys if isinstance(node, ast.Dict) else ast.iter_child_nodes(node))
        ]
        if any(isinstance(each, ast.Constant) and each.value == addition.name for each in choices):
            named.append(path.relative_to(library).as_posix())
    return named


if __name__ == "__main__":
    main()
