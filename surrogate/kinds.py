"""What lies at a path: a data set, a run, a preconditioner, an exported file; told by its mark, and read no further."""

from __future__ import annotations

from pathlib import Path

from surrogate.errors import InputError, similar

DATASET, RUN, PRECONDITIONER = "data set", "run", "preconditioner"
STUDY = "study"  # trainings of a search, each a run in it
EXPORTED, FILE = "exported file", "file"
# Where a predictor is expected, the word for the solver of the recipe of the data; a run of that name is ./solver.
SOLVER = "solver"
# The file that a folder of each kind holds.
_MARKS = {
    "run.json": RUN,
    "study.json": STUDY,
    "preconditioner.json": PRECONDITIONER,
    "manifest.json": DATASET,
    "plan.json": DATASET,
}
_EXPORTED = (".onnx", ".pt2")
# Where a user's things lie, when they are not beside what was typed.
_HOMES = ("data", "runs")
# What makes one.
_MAKERS = {
    DATASET: "surrogate generate",
    RUN: "surrogate train",
    STUDY: "surrogate tune",
    PRECONDITIONER: "surrogate precondition",
}


def kind_of(path: Path) -> str | None:
    """Return what lies at ``path``, None for nothing and for a folder that is nothing of ours itself."""
    if path.is_file():
        return EXPORTED if path.suffix in _EXPORTED else FILE
    return next((kind for mark, kind in _MARKS.items() if (path / mark).is_file()), None)


def expect(path: Path, kind: str) -> None:
    """Refuse what is not ``kind``, by its mark alone.

    Raises:
        InputError: there is nothing at ``path``, or something else; the message names what is nearest.
    """
    if not path.exists():
        raise absent(path, kind)
    actual = kind_of(path)
    if actual == kind or (kind == FILE and not path.is_dir()):
        return
    if kind == EXPORTED and actual == FILE:
        return  # its reader says what is wrong with it
    if actual is None and path.is_dir():
        inside = [entry.name for entry in _inside(path) if kind_of(entry) == kind]
        hint = f"; it holds {_few(inside)}, of which one is meant" if inside else ""
        raise InputError(f"{path}: a folder, and not a {kind}{hint or _made(kind)}")
    converts = "; 'surrogate data convert' makes one of it" if kind == DATASET and path.is_file() else ""
    raise InputError(f"{path}: is a {actual or 'device or pipe'}, not a {kind}{converts}")


def absent(path: Path, kind: str) -> InputError:
    """Return the error for a ``kind`` of thing that is not at ``path``, with the nearest of its kind."""
    wanted = tuple(kind.split(" or "))
    beside = _of_kind(path.parent, wanted)
    others = [one for home in _HOMES for one in _of_kind(Path.cwd() / home, wanted) if one not in beside]
    names = {one.name: one for one in [*others, *beside] if one != path}
    if close := [path.name] if path.name in names else similar(path.name, names):
        return InputError(f"{path}: there is no such {kind}; did you mean '{names[close[0]]}'?")
    there = [str(one) for one in [*beside, *others] if kind_of(one) != FILE or one.suffix == path.suffix]
    hint = f"; there {'is' if len(there) == 1 else 'are'} {_few(there)}" if there else _made(kind)
    return InputError(f"{path}: there is no such {kind}{hint}")


def _of_kind(folder: Path, wanted: tuple[str, ...]) -> list[Path]:
    return [entry for entry in _inside(folder) if kind_of(entry) in wanted]


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError:
        return []


def _few(names: list[str], most: int = 4) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{rest}"


def _made(kind: str) -> str:
    return f"; '{_MAKERS[kind]}' makes one" if kind in _MAKERS else ""
