"""Files and functions that a reader can hold in the head."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import surrogate

PACKAGE = Path(__file__).resolve().parent.parent / "surrogate"
LONGEST_FILE, LONGEST_FUNCTION = 300, 70
MODULES = sorted(PACKAGE.rglob("*.py"))


def test_no_file_is_longer_than_300_lines():
    lengths = {str(file.relative_to(PACKAGE)): len(file.read_text().splitlines()) for file in MODULES}
    assert {name: count for name, count in lengths.items() if count > LONGEST_FILE} == {}


def test_no_function_is_longer_than_70_lines_without_its_docstring():
    long = {}
    for file in MODULES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef):
                first = node.body[0]
                documented = ast.get_docstring(node) is not None and isinstance(first, ast.Expr)
                start = first.end_lineno if documented else node.lineno
                if node.end_lineno - start > LONGEST_FUNCTION:
                    long[f"{file.relative_to(PACKAGE)}:{node.name}"] = node.end_lineno - start
    assert long == {}


def test_every_module_says_what_it_is():
    assert [file.name for file in MODULES if not ast.get_docstring(ast.parse(file.read_text()))] == []


def _names(tree):
    """Every name that a module gives: of what it defines, of what it binds, and of parameters and attributes."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case ast.keyword(arg=str(name)) | ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                yield name


def test_a_name_says_what_a_value_is_and_not_how_it_came():
    verbs = {"found", "told", "said", "asked"}
    named = {
        f"{file.relative_to(PACKAGE)}: {name}"
        for file in MODULES
        for name in (file.stem, *_names(ast.parse(file.read_text())))
        if verbs & set(name.lower().split("_"))
    }
    assert named == set()


def test_every_target_that_make_lists_has_a_rule():
    text = (PACKAGE.parent / "Makefile").read_text()
    phony = text.split(".PHONY:")[1].splitlines()[0].split()
    assert [name for name in phony if not re.search(rf"^{name}:", text, re.MULTILINE)] == []


def test_no_figure_of_the_pages_is_larger_than_100_kb():
    figures = [figure for end in ("png", "svg", "webp") for figure in PACKAGE.parent.glob(f"docs/**/*.{end}")]
    assert figures
    assert [figure.name for figure in figures if figure.stat().st_size > 100_000] == []


def test_what_the_reference_names_is_there():
    pages = PACKAGE.parent.glob("docs/reference/*.md")
    named = [
        name for page in pages for name in re.findall(r"^::: (\S+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert len(named) > 20
    for module, _, name in (path.rpartition(".") for path in named):
        assert name in vars(importlib.import_module(module)), f"{module}.{name}"


def test_the_reference_has_the_whole_interface():
    page = (PACKAGE.parent / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    known = {name.rpartition(".")[2] for name in re.findall(r"^::: (\S+)$", page, re.MULTILINE)}
    assert set(surrogate.__all__) - known <= {"SurrogateError", "__version__"}
