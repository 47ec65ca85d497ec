"""The few values that a setting may have, from the text of the class that types it: importing that takes too long.

A class is where a command's settings are typed, or the module that a ``name`` among the settings chooses.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from surrogate.errors import SurrogateError
from surrogate.plug_ins import plug_in

_PACKAGE = Path(__file__).resolve().parent.parent
# Where the settings of a command are typed.
TYPED = {
    "generate": "datasets.generation_settings:GenerateConfig",
    "train": "training.training_settings:TrainConfig",
    "eval": "evaluation.evaluation_settings:EvalConfig",
    "compare": "evaluation.compare.comparison_settings:CompareConfig",
    "export": "exporters._export_settings:ExportConfig",
    "predict": "evaluation.prediction_settings:PredictConfig",
    "solve": "solve.solve_settings:SolveConfig",
    "precondition": "solve.solve_settings:PreconditionConfig",
    "convert": "datasets.conversion_settings:ConvertConfig",
    "tune": "tuning.tuning_settings:TuneConfig",
    "data_export": "datasets.export_settings:DataExportConfig",
    "data_check": "datasets.check_settings:CheckConfig",
    "gate": "evaluation.gate.gate_settings:GateConfig",
    "new": "interface.new_parts:NewSettings",
    "check": "interface.contracts:ContractSettings",
}
# Where the module lies that the ``name`` of a setting chooses; elsewhere it is a sampler.
_PACKAGES = {
    "model": "models",
    "loss": "training.losses",
    "optimizer": "training.optimizers",
    "schedule": "training.schedules",
    "suite": "evaluation.suites",
    "equation": "equations",
}
# Settings whose values are the modules of a package.
_MODULES = {
    ("export", "format"): "exporters",
    ("convert", "format"): "datasets.formats",
    ("data_export", "format"): "datasets.writers",
    ("gate", "metrics"): "evaluation.metrics",
    ("train", "trainer.trackers"): "training.trackers",
}
_DEVICES = ("auto", "cpu", "cuda")
_DEEPEST = 12

# A class of settings: the file that it stands in, and its name.
Place = tuple[Path, str]


def values(command: str, key: str, tree: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the values that ``key`` may have, where they are few; ``tree`` is what is chosen now."""
    if package := _MODULES.get((command, key)):
        return modules(package)
    if command not in TYPED:
        return ()
    module, _, name = TYPED[command].partition(":")
    place: Place | None = (_file(module), name)
    node: Any = tree
    *holders, last = key.split(".")
    for holder in holders:
        node = node.get(holder) if isinstance(node, Mapping) else None
        chosen = node.get("name") if isinstance(node, Mapping) else None
        if isinstance(chosen, str):
            place = _chosen(_PACKAGES.get(holder, "samplers"), chosen)
        elif place is not None:
            place = next((one for text in _annotation(place, holder) for one in _classes(*text)), None)
        if place is None:
            return values("train", key, tree) if command == "tune" else ()
    assert place is not None
    few = tuple(dict.fromkeys(value for text in _annotation(place, last) for value in _literals(*text)))
    # A search takes the settings of a training beside its own.
    few = few or (values("train", key, tree) if command == "tune" else ())
    return () if few == ("null",) else few


def modules(package: str) -> tuple[str, ...]:
    """Return the names of the public modules of a package of ours."""
    folder = _PACKAGE.joinpath(*package.split("."))
    return tuple(sorted(file.stem for file in folder.glob("*.py") if not file.name.startswith("_")))


def _chosen(package: str, name: str) -> Place | None:
    holds = "Equation" if package == "equations" else "Settings"
    file = _file(f"{package}.{name}") if name.isidentifier() else None
    if file is not None and file.is_file():
        return file, holds
    try:
        theirs = plug_in(f"surrogate.{package.rpartition('.')[2]}", name)
        return None if theirs is None else (theirs.file(), holds)
    except SurrogateError:
        return None


def _file(module: str) -> Path:
    path = _PACKAGE.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@functools.cache
def _definitions(file: Path) -> dict[str, ast.AST | tuple[Path, str]]:
    """Return what the names of a file stand for: a class, a value, or a name of another file of ours."""
    known: dict[str, ast.AST | tuple[Path, str]] = {}
    for node in ast.parse(file.read_text(encoding="utf-8")).body if file.is_file() else ():
        if isinstance(node, ast.ClassDef):
            known[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            known[node.targets[0].id] = node.value
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("surrogate"):
            known |= {one.asname or one.name: (_file(str(node.module)[10:]), one.name) for one in node.names}
    return known


def _meaning(file: Path, name: str, depth: int = 0) -> tuple[Path, ast.AST] | None:
    """Return what a name in a file stands for, and the file that says so."""
    meaning = _definitions(file).get(name)
    if isinstance(meaning, tuple):
        return _meaning(*meaning, depth + 1) if depth < _DEEPEST else None
    return None if meaning is None else (file, meaning)


def _annotation(place: Place, field: str, depth: int = 0) -> list[tuple[Path, ast.expr]]:
    """Return the annotation of a field of a class, or of one that it inherits from, with its file; [] without one."""
    file, body = _meaning(*place) or (place[0], None)
    if not isinstance(body, ast.ClassDef) or depth > _DEEPEST:
        return []
    for node in body.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == field:
            return [(file, node.annotation)]
    bases = [base.id for base in body.bases if isinstance(base, ast.Name)]
    return next((one for base in bases if (one := _annotation((file, base), field, depth + 1))), [])


def _classes(file: Path, annotation: ast.expr) -> Iterator[Place]:
    """Give the classes that an annotation names."""
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name) and (meaning := _meaning(file, node.id)) is not None:
            if isinstance(meaning[1], ast.ClassDef):
                yield meaning[0], meaning[1].name
            elif isinstance(meaning[1], ast.expr):
                yield from _classes(meaning[0], meaning[1])


def _literals(file: Path, annotation: ast.AST, depth: int = 0) -> Iterator[str]:
    """Give what an annotation allows by name; a union of classes that are told apart by ``kind`` gives nothing."""
    if isinstance(annotation, ast.Subscript) and isinstance(annotation.value, ast.Name):
        if annotation.value.id == "Literal":
            inside = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
            yield from (str(one.value) for one in inside if isinstance(one, ast.Constant))
        elif annotation.value.id == "Annotated" and isinstance(annotation.slice, ast.Tuple):
            yield from _literals(file, annotation.slice.elts[0], depth)
    elif isinstance(annotation, ast.BinOp):
        yield from _literals(file, annotation.left, depth)
        yield from _literals(file, annotation.right, depth)
    elif isinstance(annotation, ast.Constant) and annotation.value is None:
        yield "null"
    elif isinstance(annotation, ast.Name):
        if annotation.id == "bool":
            yield from ("true", "false")
        elif annotation.id == "Device":
            yield from _DEVICES
        elif depth < _DEEPEST and (meaning := _meaning(file, annotation.id)) is not None:
            yield from _literals(*meaning, depth + 1)
