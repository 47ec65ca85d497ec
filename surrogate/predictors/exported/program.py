"""A ``.pt2`` is a program: its card is read as an archive, and the rest is loaded only by those who trust it."""

from __future__ import annotations

import io
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from surrogate.errors import InputError
from surrogate.memory_limits import is_shortage
from surrogate.predictors.exported.artefact_card import CARD, LARGEST_CARD, Card, first_line, read_card

Call = Callable[[Tensor], Tensor]
Kind = Literal["torch.export", "AOTInductor"]


def program_card(path: Path, content: bytes) -> tuple[Kind, Card]:
    """Return what kind of program a .pt2 is, and its card, as an archive alone: nothing is loaded."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            kind: Kind = "AOTInductor" if any("/data/aotinductor/" in name for name in names) else "torch.export"
            cards = [name for name in names if name.endswith(f"/extra/{CARD}")]
            if cards and archive.getinfo(cards[0]).file_size > LARGEST_CARD:
                raise InputError(f"{path}: its card is larger than any of ours")
            return kind, read_card(path, archive.read(cards[0]) if cards else None)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: not a .pt2, or a damaged one ({error})") from None


def program_call(path: Path, kind: Kind, content: bytes) -> Call:
    """Return the map of a program that is trusted; to load it is to run code that it holds.

    Raises:
        InputError: this version of PyTorch cannot load it.
    """
    program: Call
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = _loaded(kind, content)
    except Exception as error:  # whatever a program of another version of torch may cause
        raise InputError(f"{path}: PyTorch {torch.__version__} cannot load it: {first_line(error)}") from None

    def call(fields: Tensor) -> Tensor:
        try:
            with torch.inference_mode():
                return program(fields)
        except Exception as error:
            if is_shortage(error):
                raise
            raise InputError(f"{path}: fails on {tuple(fields.shape)}: {first_line(error)}") from None

    return call


def _loaded(kind: Kind, content: bytes) -> Call:
    if kind == "torch.export":
        program: Call = torch.export.load(io.BytesIO(content)).module()
        return program
    from torch._inductor import aoti_load_package

    # The very bytes that were hashed, in a file of ours that nobody changes in between.
    with tempfile.NamedTemporaryFile(suffix=".pt2") as file:
        file.write(content)
        file.flush()
        package: Call = aoti_load_package(file.name)
    return package
