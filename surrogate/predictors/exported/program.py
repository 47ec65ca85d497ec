"""A ``.pt2`` is a program: its card is read as an archive, and the rest is loaded only by those who trust it."""

from __future__ import annotations

import io
import math
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import torch
from pydantic import BaseModel, Field
from torch import Tensor

from surrogate.errors import InputError
from surrogate.memory_limits import is_shortage
from surrogate.predictors.exported.artefact_card import CARD, LARGEST_CARD, Card, first_line, read_card

Call = Callable[[Tensor], Tensor]
Kind = Literal["torch.export", "AOTInductor"]

# What torch.export calls the types of numbers that we write.
_NUMBERS = {7: torch.float32, 8: torch.float64, 5: torch.int64}


class _Int(BaseModel):
    as_int: Annotated[int, Field(ge=0, lt=2**40)]


class _Meta(BaseModel):
    dtype: int
    sizes: Annotated[list[_Int], Field(max_length=16)]
    strides: list[_Int]
    storage_offset: _Int


class _Weight(BaseModel):
    path_name: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    use_pickle: bool
    tensor_meta: _Meta


class _Weights(BaseModel):
    config: dict[str, _Weight]


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


def program_weights(path: Path, content: bytes) -> dict[str, Tensor]:
    """Return the weights in a program of torch.export by their names, as an archive alone: nothing is loaded.

    Raises:
        InputError: it holds none in the form that torch writes today, numbers as they lie in memory.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            index = next((name for name in names if name.endswith("/data/weights/model_weights_config.json")), None)
            if index is None or archive.getinfo(index).file_size > LARGEST_CARD:
                raise InputError(f"{path}: holds no list of weights that could be read; give the run")
            listed = _Weights.model_validate_json(archive.read(index))
            folder = index.rpartition("/")[0]
            return {name: _tensor(archive, folder, each) for name, each in listed.config.items()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, KeyError, ValueError) as error:
        raise InputError(f"{path}: its weights cannot be read without running it ({first_line(error)})") from None


def _tensor(archive: zipfile.ZipFile, folder: str, weight: _Weight) -> Tensor:
    """Return one tensor; what is not plain numbers, row after row, is refused."""
    meta = weight.tensor_meta
    sizes = [size.as_int for size in meta.sizes]
    kind = _NUMBERS.get(meta.dtype)
    place = archive.getinfo(f"{folder}/{weight.path_name}")
    rows = torch.empty(sizes, device="meta").stride()
    plain = tuple(step.as_int for step in meta.strides) == rows and meta.storage_offset.as_int == 0
    packed = weight.use_pickle or place.compress_type != zipfile.ZIP_STORED
    if packed or kind is None or not plain or place.file_size != math.prod(sizes) * kind.itemsize:
        raise ValueError("a tensor is no plain row of numbers")
    data = bytearray(archive.read(place))
    return torch.frombuffer(data, dtype=kind).reshape(sizes) if data else torch.empty(sizes, dtype=kind)


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
