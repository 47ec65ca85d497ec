"""The house as architecture.md draws it: who may import whom, and what may be imported where."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from surrogate import __version__, registry

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "surrogate"

GROUND = {"errors", "spaces", "values", "plug_in_folders", "plug_ins", "registry"}
MEETING = GROUND | {"capabilities", "files", "kinds", "reading", "memory_limits", "integrity", "outputs"}
MEETING |= {"written", "typed_record", "environment", "norms"}
TOP = MEETING | {"cores", "datasets", "predictors"}
MAY_IMPORT = {
    "errors": set(),
    "capabilities": set(),
    "domains": set(),
    "problems": {"domains", "errors"},
    "spaces": {"domains", "errors", "problems"},
    "values": {"spaces"},
    "typed_record": {"errors"},
    "files": {"errors"},
    "kinds": {"errors"},
    "memory_limits": {"errors"},
    "reading": {"errors", "files", "kinds", "memory_limits"},
    "outputs": {"errors", "files"},
    "written": {"errors", "spaces", "files", "outputs", "reading"},
    "environment": {"errors", "spaces"},
    "integrity": {"errors", "spaces", "files", "reading"},
    "plug_in_folders": {"errors"},
    "plug_ins": {"errors", "plug_in_folders"},
    "registry": {"errors", "spaces", "plug_ins"},
    "norms": {"errors", "spaces"},
    "cores": set(),
    "config": GROUND | {"kinds", "reading"},
    "samplers": GROUND,
    "multigrid": set(),
    "solvers": {"errors", "spaces", "multigrid"},
    "kernels": set(),
    "operators": {"capabilities", "errors", "spaces", "multigrid", "kernels"},
    "equations": GROUND | {"samplers", "solvers"},
    "models": GROUND | {"capabilities", "kernels", "multigrid", "operators"},
    "datasets": MEETING | {"equations"},
    "model_size": GROUND | {"memory_limits"},
    "predictors": MEETING | {"equations", "model_size", "models", "operators"},
    "training": TOP | {"operators"},
    "evaluation": TOP | {"equations", "operators"},
    "exporters": TOP | {"operators"},
    "solve": TOP | {"multigrid", "operators", "solvers", "equations"},
    "tuning": TOP | {"training", "evaluation"},
    "interface": TOP | {"config", "equations", "training", "evaluation", "exporters", "solve", "testing", "tuning"},
    "testing": TOP | {"config", "equations", "models", "operators", "training", "evaluation"},
    "cli": TOP | {"config", "interface", "training", "evaluation", "exporters", "solve", "tuning"},
}
ONLY_IN = {"h5py": "datasets", "hydra": "config", "omegaconf": "config", "typer": "cli", "rich": "cli"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(file: Path) -> set[str]:
    """Return every module that a file names in an import, wherever the import stands."""
    imports = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imports |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return imports


def room(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_run_one_way(file):
    here = room(file)
    if here in ("__init__", "__main__"):
        return
    named = {name.split(".")[1] for name in imports(file) if name.startswith("surrogate.")}
    assert named - MAY_IMPORT[here] - {here} - {"__version__"} == set()


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_library_stays_in_its_room(library):
    users = {room(file) for file in MODULES if any(name.split(".")[0] == library for name in imports(file))}
    assert users <= {ONLY_IN[library]}


def test_files_are_written_in_one_place():
    # Two append to files of ours, after asking whether they are files; one moves the link runs/latest.
    known = {"files.py", "training/tracker.py", "datasets/worker.py", "cli/places.py"}
    writes = re.compile(r"\.write_(bytes|text)\(|open\([^)]*[\"'][wax]b?[\"']|save_file\(|savefig\(|symlink_to\(")
    writers = {str(file.relative_to(PACKAGE)) for file in MODULES if writes.search(file.read_text(encoding="utf-8"))}
    assert writers - known == set()


def test_the_command_line_loads_no_torch_before_a_command_runs():
    script = "import sys, surrogate.cli.app; sys.exit('torch' in sys.modules or 'hydra' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_prediction_starts_without_the_statistics_of_scipy():
    needed = "surrogate.evaluation.predict, surrogate.interface.predicted_fields"
    script = f"import sys, {needed}; sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_what_measures_knows_neither_pictures_nor_pages():
    measuring = ("suite_files", "compare.comparison", "compare.seeds", "gate.verdict", "gate.update")
    suites = ("suites.cost", "suites.generalisation", "suites.uncertainty")
    named = ", ".join(f"surrogate.evaluation.{name}" for name in measuring + suites)
    script = f"import sys, {named}; sys.exit(bool({{'matplotlib', 'jinja2'}} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_no_shipped_setting_names_code():
    shipped = [*(ROOT / "conf").rglob("*.yaml"), *(ROOT / "data_recipes").glob("*.yaml")]
    assert shipped
    assert not [file for file in shipped if "_target_" in file.read_text(encoding="utf-8")]


REGISTRIES = [each for each in vars(registry).values() if isinstance(each, registry.Registry)]


@pytest.mark.parametrize("each", REGISTRIES, ids=lambda each: each.kind)
def test_every_kind_of_thing_to_add_is_listed_with_its_files_and_its_entry_point(each):
    assert f"`{each.package.replace('.', '/')}/NAME.py`" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert f"`{each.group}`" in (ROOT / "docs" / "guide" / "plugins.md").read_text(encoding="utf-8")


def test_the_citation_has_the_version_of_the_package():
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_no_file_name_has_two_meanings():
    # A registry's modules are called what a user types, a solver as its equation, a command as what it calls.
    named = {PACKAGE.joinpath(*each.package.split(".")[1:]) for each in REGISTRIES}
    own = [file for file in MODULES if file.parent not in named and room(file) not in ("solvers", "cli")]
    counts = Counter(file.name for file in own)
    assert [name for name, count in counts.items() if count > 1 and name != "__init__.py"] == []


def test_no_class_name_has_two_meanings():
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in MODULES]
    counts = Counter(node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef))
    contracts = {"Equation", "Model", "Settings"}
    assert [name for name, count in counts.items() if count > 1 and name not in contracts and name[0] != "_"] == []
