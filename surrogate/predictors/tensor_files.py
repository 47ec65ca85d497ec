"""Tensors in safetensors files: written, read, and given to a module that knows their names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from surrogate import reading
from surrogate.errors import InputError, nearest
from surrogate.predictors.first_edition import renamed


def load_weights(surrogate: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Give a module, such as a surrogate, the tensors read from ``path``: known by name, shape and type, and finite.

    The first edition's names are read too.

    Raises:
        InputError: one is missing, unknown, of another shape or type, or not finite.
    """
    expected = surrogate.state_dict()
    tensors = renamed(tensors, expected)
    for name in tensors:
        if name not in expected:
            raise InputError(f"{path}: unknown tensor '{name}'{nearest(name, expected)}")
    for name, tensor in expected.items():
        if name not in tensors:
            raise InputError(f"{path}: the tensor '{name}' is missing")
        given = tensors[name]
        if given.shape != tensor.shape or given.dtype != tensor.dtype:
            wanted = f"{tuple(tensor.shape)} {tensor.dtype}"
            raise InputError(f"{path}: '{name}' is {tuple(given.shape)} {given.dtype}, expected {wanted}")
        if not given.isfinite().all():
            raise InputError(f"{path}: '{name}' holds values that are not finite")
    surrogate.load_state_dict(tensors)


def tensor_bytes(tensors: Mapping[str, Tensor], metadata: dict[str, str] | None = None) -> bytes:
    """Return the safetensors file of ``tensors``; shared and strided memory is written out."""
    return save({name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}, metadata)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file, on the CPU.

    Raises:
        InputError: the file is missing or damaged.
    """
    return parse_tensors(reading.read_bytes(path), path)


def parse_tensors(data: bytes, path: Path) -> dict[str, Tensor]:
    """Return the tensors in the bytes read from ``path``.

    Raises:
        InputError: they are not a safetensors file.
    """
    try:
        return load(data)
    except (SafetensorError, KeyError, ValueError) as error:
        raise InputError(f"{path}: not a safetensors file ({error})") from error
