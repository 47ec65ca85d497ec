"""The paths among a command's settings, looked at before torch loads: it takes seconds, a wrong name none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from surrogate.errors import InputError, SurrogateError
from surrogate.kinds import DATASET, EXPORTED, FILE, PRECONDITIONER, RUN, SOLVER, expect, kind_of

_KINDS = {"run": RUN, "runs": RUN, "ensemble": RUN, "artefact": EXPORTED, "preconditioner": PRECONDITIONER}
_KINDS |= {"predictions": FILE}


def look(tree: dict[str, Any], *without: str) -> None:
    """Refuse the paths of composed settings that lead to nothing, or to something else.

    Args:
        tree: the settings.
        without: keys whose path may lead to what the command itself makes or reads otherwise.

    Raises:
        InputError: the first that does not fit, with the nearest that does.
    """
    for key, kind in _KINDS.items():
        for path in _paths(tree.get(key)) if key not in without else ():
            expect(path, kind)
    for path in _paths(tree.get("predictor")):
        predictor(path)
    data = _paths(tree.get("data"))
    for path in data:
        data_set(path)
    if "data" in tree and not data:
        for run in [
            *_paths(tree.get("run")),
            *_paths(tree.get("runs")),
            *_paths(tree.get("ensemble")),
            *_paths(tree.get("predictor")),
        ]:
            _its_data(run)
    arrays = [path for key in ("input", "points") if key not in without for path in _paths(tree.get(key))]
    if arrays:
        from surrogate.datasets.source import holds_several
        from surrogate.reading import expect_array

        for path in arrays:
            if path not in _paths(tree.get("input")) or not holds_several(path):
                expect_array(path)


def predictor(path: Path) -> None:
    """Refuse what is neither a run nor a file, which its reader looks at.

    Raises:
        InputError: there is nothing, or a folder of another kind.
    """
    if not path.is_file():
        expect(path, FILE if path.suffix and not path.is_dir() else RUN)


def data_set(path: Path) -> None:
    """Refuse what is no finished data set of ours.

    Raises:
        InputError: it is none; the message says so where it is the name of a recipe.
    """
    refuse_recipe(path, "data set", f"'surrogate generate {path.name}' makes one of it")
    expect(path, DATASET)
    from surrogate.datasets.dataset import open_dataset

    open_dataset(path)


def begun_with(words: list[str]) -> list[str]:
    """Return the words of a training with the settings of the run that its ``init`` names, where it names one.

    Raises:
        InputError: there is none; said before torch loads.
    """
    from surrogate.config.overrides import checked
    from surrogate.config.words import split_word

    for word in words:
        if split_word(word)[0] == "init" and (path := checked([word])[0].value()) is not None:
            start = Path(str(path))
            if kind_of(start) != EXPORTED:
                expect(start, RUN)
            from surrogate.interface.inherited_settings import inherited

            return inherited(words)
    return words


def refuse_recipe(path: Path, kind: str, hint: str) -> None:
    """Refuse the name of a recipe where no such file or folder is.

    Raises:
        InputError: it is one.
    """
    from surrogate.config.resources import is_choice

    if not path.exists() and path.parent == Path.cwd() and is_choice("recipe", path.name):
        raise InputError(f"{path.name}: a recipe, not a {kind}: {hint}; 'surrogate list recipes' lists all")


def _its_data(run: Path) -> None:
    """Refuse a run whose data set is gone, where no other is given; what else may be wrong is its reader's."""
    if kind_of(run) != RUN:
        return
    from surrogate.reading import read_json

    try:
        where = read_json(run / "run.json")["settings"]["data"]
        data = Path(os.path.normpath(run / where))
    except (SurrogateError, KeyError, TypeError, ValueError):
        return
    if not data.exists():
        raise InputError(f"{run}: was trained on {data}, which is not there; name the data set by data=FOLDER")


def _paths(value: Any) -> list[Path]:
    """Return the path or paths of a setting, absolute, but for the word for a solver."""
    several = value if isinstance(value, list) else [value]
    return [Path(one).expanduser().absolute() for one in several if isinstance(one, str) and one not in ("", SOLVER)]
