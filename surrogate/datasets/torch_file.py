"""The one reader of foreign ``.pt`` files: plain tensors under names. Nothing in them is executed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from surrogate.errors import InputError
from surrogate.memory_limits import require
from surrogate.reading import opened, refuse_bomb


def read_torch_file(path: Path, shapes_alone: bool = False) -> dict[str, Tensor]:
    """Return the tensors in a file by name; the one tensor of a file that names none is called ``""``.

    With ``shapes_alone`` they hold no numbers, and take no memory.

    Raises:
        InputError: there is no such file, it is damaged, or holds something else than dense tensors.
        SettingsError: there is no memory for them and for what is made of them.
    """
    with opened(path) as file:
        size = refuse_bomb(file, path)
        if not shapes_alone:
            require(2 * size, str(path), "give it in parts, or take a machine with more")
        try:
            where = "meta" if shapes_alone else "cpu"
            content: Any = torch.load(file, map_location=where, weights_only=True)  # noqa: TID251
        except MemoryError:
            raise
        except Exception as error:  # whatever a foreign file makes the reader raise, it is the file that is wrong
            # Torch's own message advises to trust the file; ours must not.
            raise InputError(f"{path}: not a torch file of plain tensors") from error
    named = {"": content} if isinstance(content, Tensor) else content
    if not isinstance(named, dict) or not all(isinstance(name, str) for name in named):
        raise InputError(f"{path}: holds a {type(content).__name__}, expected a tensor, or several by name")
    for name, held in named.items():
        if not isinstance(held, Tensor) or held.layout != torch.strided:
            raise InputError(f"{path}: '{name}' is a {type(held).__name__}, expected a dense tensor")
        if held.numel() * held.element_size() > size:  # a view can be larger than what is stored
            raise InputError(f"{path}: '{name}' declares more numbers than the file holds")
    return named
