"""ONNX is data: read whole from memory, without any other file, and refused where it holds more than we write."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from surrogate.errors import InputError, SettingsError
from surrogate.memory_limits import is_shortage
from surrogate.predictors.exported.artefact_card import CARD, Card, first_line, read_card

Call = Callable[[Tensor], Tensor]


def onnx_card(path: Path, content: bytes) -> Card:
    """Return the card in an ONNX file that holds nothing but itself, standard operators and the tensors of its card.

    Raises:
        InputError: it is damaged, refers to other files, holds other operators or tensors, or has no card.
        SettingsError: the package that reads ONNX is not installed.
    """
    if importlib.util.find_spec("onnx") is None:
        raise SettingsError("reading ONNX needs onnx: pip install 'surrogate[export]'")
    import onnx

    try:
        model = onnx.load_model_from_string(content)
    except Exception:  # of the library beneath, which is not ours to name
        raise InputError(f"{path}: not an ONNX file, or a damaged one") from None
    opset = max((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), default=0)
    for part in _messages(model):
        if isinstance(part, onnx.TensorProto) and (part.external_data or part.data_location == part.EXTERNAL):
            raise InputError(f"{path}: holds tensors that lie in other files, which are never opened")
        if isinstance(part, onnx.NodeProto) and not (
            part.domain in ("", "ai.onnx") and onnx.defs.has(part.op_type, max_inclusive_version=opset, domain="")
        ):
            name = f"{part.domain}::{part.op_type}" if part.domain else part.op_type
            raise InputError(f"{path}: holds the operator {name[:80]!r}, which is none of ONNX {opset}")
    card = read_card(path, {entry.key: entry.value for entry in model.metadata_props}.get(CARD))
    _check_ends(path, card, model.graph)
    return card


def _check_ends(path: Path, card: Card, graph: Any) -> None:
    """Refuse a graph whose input and output are not (b, c_in, s...) and (b, c_out, s...) of the card's fields."""
    problem = card.record.problem
    space = ["any"] * problem.dimensions if card.dynamic_grid else [str(n) for n in problem.grid.points]
    steps = [str(card.steps)] if card.steps > 1 else []
    ends = (
        ("input", graph.input, [str(len(problem.channels))]),
        ("output", graph.output, [*steps, str(len(problem.target.fields))]),
    )
    for name, tensors, channels in ends:
        expected = [(name, ["any", *channels, *space])]
        shapes = []
        for tensor in tensors:
            axes = tensor.type.tensor_type.shape.dim
            shapes.append(
                (tensor.name, [str(axis.dim_value) if axis.HasField("dim_value") else "any" for axis in axes])
            )
        if shapes != expected:
            given, wanted = (
                ", ".join(f"{key} ({', '.join(shape)})" for key, shape in tensors) for tensors in (shapes, expected)
            )
            raise InputError(f"{path}: its {name} is {given[:200]}; expected {wanted}, which its fields have")


def _messages(message: Any) -> Iterator[Any]:
    """Return a protobuf message and all that it holds."""
    yield message
    for _, value in message.ListFields():
        parts = value if hasattr(value, "add") else [value]
        for part in parts:
            if hasattr(part, "ListFields"):
                yield from _messages(part)


def onnx_call(path: Path, content: bytes) -> Call:
    """Return the map of the file on the CPU, with as many threads as PyTorch has here.

    Raises:
        InputError: ONNX Runtime refuses it.
        SettingsError: ONNX Runtime is not installed.
    """
    if importlib.util.find_spec("onnxruntime") is None:
        raise SettingsError("running ONNX needs onnxruntime: pip install 'surrogate[export]'")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = torch.get_num_threads()
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # it has an exception of its own for each code, and all mean the file
        raise InputError(f"{path}: ONNX Runtime refuses it: {first_line(error)}") from None

    def call(fields: Tensor) -> Tensor:
        try:
            return torch.from_numpy(session.run(["output"], {"input": fields.numpy()})[0])
        except Exception as error:
            if is_shortage(error):
                raise
            raise InputError(f"{path}: fails on {tuple(fields.shape)}: {first_line(error)}") from None

    return call
