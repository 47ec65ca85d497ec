"""A part of one's own, begun from a template that keeps the contract of its kind."""

from __future__ import annotations

import keyword
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.config.read import read
from surrogate.config.resources import RECIPE, bundled, choices, installed, shipped
from surrogate.config.words import given
from surrogate.errors import SettingsError, UsageError, nearest, shown
from surrogate.files import make_folder, publish_text
from surrogate.kinds import kind_of
from surrogate.plug_in_folders import RECIPES
from surrogate.reading import read_text
from surrogate.registry import EQUATIONS, FORMATS, METRICS, MODELS, Registry
from surrogate.spaces import Frozen

_REGISTRIES: dict[str, Registry] = {"equation": EQUATIONS, "model": MODELS, "format": FORMATS, "metric": METRICS}
KINDS = (*_REGISTRIES, RECIPE)
# Settings that one kind alone takes.
_TAKEN_BY = {"family": "equation", "like": RECIPE}
# What one would type after the files are there, the folder opened; the first is for every kind.
_NEXT: dict[str, tuple[str, ...]] = {
    "equation": ("check {name}", "generate {name} out=data/{name}", "train data/{name} model=fno out=runs/{name}"),
    "model": ("check {name}", "run demo model={name} data=data/demo out=runs/{name}"),
    "format": ("check {name}", "list formats"),
    "metric": ("check {name}", "list metrics"),
    RECIPE: ("check {name}", "preview {name}", "generate {name} out=data/{name}"),
}


class NewSettings(Frozen):
    """Where a part goes; the ``family`` of an equation, and the recipe that a recipe is ``like``."""

    out: Path
    family: Literal["line", "square"]
    like: str


@dataclass(frozen=True)
class NewPart:
    """A part that was begun: its files, to be changed, and commands to go on with, each a list of words.

    Attributes:
        kind: of it.
        name: what it is called, on the command line and in Python.
        folder: what ``--plugins`` opens.
        files: what was written.
    """

    kind: str
    name: str
    folder: Path
    files: tuple[Path, ...]

    @property
    def next(self) -> tuple[tuple[str, ...], ...]:
        """Words of commands that go on with it, without the option that opens its folder."""
        return tuple(tuple(line.format(name=self.name).split()) for line in _NEXT[self.kind])


def new(kind: str, name: str, **settings: Any) -> NewPart:
    """Begin a part of one's own and return its files: it works as it is, and is there to be written over.

    Args:
        kind: ``equation``, ``model``, ``recipe``, ``format`` or ``metric``.
        name: what it will be called: small letters, digits and underscores.
        settings: as of ``surrogate new``: ``out``, ``family`` of an equation (``line`` or ``square``), ``like`` of a
            recipe (the recipe that it starts from).

    Raises:
        UsageError: there is no such kind, or no such setting of it, or the name cannot be one.
        SettingsError: the name is taken, or a file is there already; nothing is ever written over.
        StorageError: the disk refused.
    """
    return begun(kind, name, words_of("new", settings))


def begun(kind: str, name: str, words: Sequence[str]) -> NewPart:
    """Begin a part by the words of a command line; raises as :func:`new` does."""
    if kind not in KINDS:
        raise UsageError(f"there is no template of a kind {shown(kind)}{nearest(kind, KINDS)}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise UsageError(f"{shown(name)}: expected a name of small letters, digits and _, such as my_{kind}")
    for key, owner in _TAKEN_BY.items():
        if kind != owner and given(words, key) is not None:
            raise UsageError(f"{key}: belongs to 'surrogate new {owner}', not to 'surrogate new {kind}'")
    settings = read(NewSettings, compose_tree("new", words))
    folder = settings.out.expanduser().absolute()
    texts = {folder / place: text for place, text in _texts(kind, name, settings).items()}
    _refuse_taken(kind, name, folder, list(texts))
    _write(texts)
    return NewPart(kind, name, folder, tuple(texts))


def _texts(kind: str, name: str, settings: NewSettings) -> dict[str, str]:
    """Return the files of a part by their places in the folder."""
    title = name.replace("_", " ").capitalize()
    if kind == RECIPE:
        return {f"{RECIPES}/{name}.yaml": _recipe_like(settings.like, name, title)}
    room = _REGISTRIES[kind].group.rpartition(".")[2]
    template = f"{kind}_{settings.family}" if kind == "equation" else kind
    environment = Environment(
        loader=PackageLoader("surrogate.interface"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    endings = [one for one in (".py", ".yaml") if f"{template}{one}.jinja" in environment.list_templates()]
    return {
        f"{room}/{name}{one}": environment.get_template(f"{template}{one}.jinja").render(name=name, title=title)
        for one in endings
    }


def _recipe_like(like: str, name: str, title: str) -> str:
    """Return the text of a recipe under another name and title."""
    if like in shipped(RECIPE):
        text = read_text(bundled("data_recipes") / f"{like}.yaml")
    else:
        outside = installed(RECIPE, like)
        file = None if outside is None else outside.settings()
        if file is None:
            raise SettingsError(f"like: there is no recipe {shown(like)}{nearest(like, choices(RECIPE))}")
        text = read_text(file)
    text = re.sub(r"^name:.*$", f"name: {name}", text, count=1, flags=re.MULTILINE)
    return re.sub(r"^title:.*$", f"title: {title}", text, count=1, flags=re.MULTILINE)


def _refuse_taken(kind: str, name: str, folder: Path, files: Sequence[Path]) -> None:
    """Refuse a name that chooses something already, a file that is there, and a folder that holds something else."""
    if folder.exists() and (not folder.is_dir() or (what := kind_of(folder)) is not None):
        what = "file" if not folder.is_dir() else what
        raise SettingsError(f"out={folder}: is a {what}; expected a folder of parts of your own, or nothing")
    for file in files:
        if os.path.lexists(file):
            raise SettingsError(f"{file}: exists, and nothing was written; choose another name, or out=FOLDER")
    known = _REGISTRIES[kind].names() if kind in _REGISTRIES else ()
    if name in known or (kind in ("equation", RECIPE) and name in choices(RECIPE)):
        what = "a recipe" if name not in known else f"an {kind}" if kind == "equation" else f"a {kind}"
        raise SettingsError(f"{name}: there is {what} of that name; choose another")


def _write(texts: dict[Path, str]) -> None:
    """Write all files, or none of them."""
    written: list[Callable[[], None]] = []
    try:
        for file, text in texts.items():
            make_folder(file.parent)
            publish_text(file, text)
            written.append(file.unlink)
    except BaseException:
        for undo in written:
            undo()
        raise
