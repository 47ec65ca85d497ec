"""What the pages say is there: links, files, names, commands; and pages made from raw figures are what those give."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import shlex
import sys
from pathlib import Path

import pytest
import typer

from surrogate import registry
from surrogate.cli.app import app
from surrogate.config.known import COMMANDS, known
from surrogate.config.nouns import parted, spoken
from surrogate.datasets.reading_settings import READING_KEYS

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS = ROOT / "benchmarks"
PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "AGENTS")),
]
TEXT = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}
# Script, the raw figures it fills its page with (None: it finds them), and the page.
MADE = {
    "benchmarks_page": (None, "results/benchmarks"),
    "certified_solve": ("certified_solve", "guide/certified_solve"),
    "conformal": ("uncertainty", "guide/uncertainty"),
    "cost": (None, "results/cost"),
    "coverage": ("intervals", "concepts/intervals"),
    "darcy_rough": ("darcy_rough", "results/darcy_rough"),
    "foreign_clients": ("foreign_clients", "results/foreign_clients"),
    "formats": ("formats", "reference/formats"),
    "off_grid": ("off_grid", "guide/off_grid"),
    "results": ("results", "results/results"),
    "solvers_page": (None, "results/solvers"),
    "stability": ("stability", "results/stability"),
    "tuning": ("tuning", "guide/tuning"),
    "test_matrix": ("test_matrix", "reference/installation"),
}


@pytest.fixture(scope="module")
def scripts():
    """The benchmarks can be imported, and are forgotten afterwards."""
    sys.path.insert(0, str(BENCHMARKS))
    before = set(sys.modules)
    yield importlib.import_module
    sys.path.remove(str(BENCHMARKS))
    own = {file.stem for file in BENCHMARKS.glob("*.py")}
    for name in (set(sys.modules) - before) & own:
        del sys.modules[name]


@pytest.mark.parametrize("name", MADE)
def test_a_page_of_figures_is_what_its_raw_figures_give(scripts, name):
    raw, page = MADE[name]
    given = () if raw is None else (scripts("_table").stored(raw),)
    assert scripts(name).page(*given) == TEXT[f"docs/{page}.md"]


def test_every_template_is_filled_by_a_script():
    code = "".join(file.read_text(encoding="utf-8") for file in BENCHMARKS.glob("*.py"))
    names = [file.name.removesuffix(".md.j2") for file in (BENCHMARKS / "templates").iterdir()]
    assert [name for name in names if not re.search(rf'filled\(\s*"{name}"', code)] == []


def test_every_link_leads_to_a_file():
    broken = [
        f"{page}: {target}"
        for page, text in TEXT.items()
        for target in re.findall(r"\]\(([^)\s]+\.\w+)(?:#[^)]*)?\)", text)
        if "://" not in target and not (ROOT / page).parent.joinpath(target).is_file()
    ]
    assert broken == []


def test_every_file_that_a_page_names_is_there():
    named = re.compile(r"`(?:python )?((?:surrogate|tests|conf|data_recipes|benchmarks|docs|\.ci)/[\w./-]*\w)[` ]")
    assert [f"{page}: {path}" for page, text in TEXT.items() for path in named.findall(text) if lost(path)] == []


def lost(path: str) -> bool:
    """Whether there is no such file; a NAME is to be chosen."""
    return "NAME" not in path and not (ROOT / path).exists()


def test_every_name_of_ours_that_a_page_says_is_there():
    groups = {each.group for each in vars(registry).values() if isinstance(each, registry.Registry)}
    named = re.compile(r"`(surrogate(?:\.\w+)+)")
    names = {name: page for page, text in TEXT.items() for name in named.findall(text)}
    assert len(names) > 10
    assert [f"{names[name]}: {name}" for name in names.keys() - groups - {"surrogate.recipes"} if unknown(name)] == []


def unknown(name: str) -> bool:
    """Whether a dotted name is neither a module nor what a module has."""
    module, _, last = name.rpartition(".")
    if importlib.util.find_spec(module) is None:
        return True
    return not hasattr(importlib.import_module(module), last) and importlib.util.find_spec(name) is None


def test_every_target_of_make_that_a_page_names_has_a_rule():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    spoken = re.compile(r"(?:`|^)make ([a-z][\w-]*)(?:`| +[A-Z#]|$)", re.MULTILINE)
    named = {name for text in TEXT.values() for name in spoken.findall(text)}
    assert {"demo", "docs", "gate-planted"} <= named
    assert named - targets == set()


def imports():
    """Give script, module and name of everything of ours that the benchmarks import, wherever in them."""
    for file in sorted(BENCHMARKS.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "surrogate":
                yield from ((file.name, node.module, alias.name) for alias in node.names)


def test_the_benchmarks_import_what_is_there():
    missing = []
    for file, module, name in imports():
        if not hasattr(importlib.import_module(module), name) and importlib.util.find_spec(f"{module}.{name}") is None:
            missing.append(f"{file}: {module}.{name}")
    assert missing == []


def commands():
    """Give page and words of every command line of ours that a page shows."""
    shown = re.compile(r"(?:^ *|`|-m )surrogate ((?:[a-z]|--)[^`\n|>]*)", re.MULTILINE)
    for page, text in TEXT.items():
        for line in shown.findall(text.replace("\\\n", " ")):
            words = shlex.split(line.split("  #")[0])
            if "--help" not in words:
                yield page, words


def parsed(words):
    """Return the command and its settings, as the command line reads them; None for one that takes none."""
    context = typer.main.get_command(app).make_context("surrogate", [*words], resilient_parsing=True)
    while isinstance(context.command, typer.core.TyperGroup):
        left = context._protected_args + context.args
        name, command, rest = context.command.resolve_command(context, left) if left else ("", None, [])
        if command is None or not rest:
            return None
        context = command.make_context(name, rest, parent=context, resilient_parsing=False)
    path = context.command_path.removeprefix("surrogate ").replace("gate update", "gate check")
    command = next((key for key, name in COMMANDS.items() if name == path), None)
    if command is None:
        return None
    bare, settings = parted(context.params.get("words") or (), command)
    return command, settings if command == "compare" else spoken([*bare, *settings], command)


def test_every_command_that_a_page_shows_is_one():
    shown = list(commands())
    assert len(shown) > 80
    for _, words in shown:
        parsed(words)  # refuses a word, an option or a command that there is not


@pytest.mark.slow
def test_every_command_that_a_page_shows_takes_its_settings():
    read = [(page, *both) for page, words in commands() if (both := parsed(words)) is not None]
    assert len(read) > 50
    lost = [
        (page, word)
        for page, name, given in read
        for word in given
        if not word.startswith(("+", "resume=", "trainer.KEY="))
        and word.split("=")[0] not in known(name, given)
        # How a foreign file is read, in place of a data set.
        and not (name == "train" and word.split("=")[0] in READING_KEYS)
    ]
    assert lost == []
