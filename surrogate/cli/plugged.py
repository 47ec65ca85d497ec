"""``--plugins FOLDER``, which may stand anywhere among the words of a command line, and more than once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from surrogate.plug_in_folders import VARIABLE, open_folder

NAME = "--plugins"

Folders = Annotated[
    list[str] | None,
    typer.Option(
        NAME,
        metavar="FOLDER",
        help="Use the equations, models, recipes, formats, metrics ... in a folder of yours; give it once for each."
        f" The code in it runs; only this option and the variable {VARIABLE} name such folders, never a file or a run.",
        show_default=False,
    ),
]


class Words(NamedTuple):
    """The words of a command line: the ``folders`` that it opens, and the ``rest``, in order."""

    folders: list[str]
    rest: list[str]

    @property
    def ordered(self) -> list[str]:
        """The words with those of this option first, as it is one of `surrogate` and not of a command."""
        return [*(word for folder in self.folders for word in (NAME, folder)), *self.rest]


def words(given: Sequence[str]) -> Words:
    """Return the words of a command line, apart; an option without a folder stays among the rest."""
    folders, rest = list[str](), list[str]()
    waiting = iter(given)
    for word in waiting:
        name, equals, value = word.partition("=")
        folder = None if name != NAME else value if equals else next(waiting, None)
        if folder is not None:
            folders.append(folder)
        else:
            rest.append(word)
    return Words(folders, rest)


def open_folders(folders: Sequence[str]) -> None:
    """Open folders of plug-ins.

    Raises:
        InputError: one is none.
    """
    for folder in folders:
        open_folder(Path(folder))
