"""ONNX: one file that ONNX Runtime and other engines run without Python."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import torch

import surrogate
from surrogate.errors import SettingsError
from surrogate.exporters._parity import graph, grid_errors, placed, quiet, write
from surrogate.outputs import STDOUT
from surrogate.predictors.exported.artefact_card import CARD, Card, Form
from surrogate.predictors.runs import Run

SUFFIX = ".onnx"

# GELU is an operator of its own from 20 on, and ONNX Runtime has known 20 since version 1.17.
OPSET = 20


def export(run: Run, path: Path, tolerance: float, form: Form | None = None, overwrite: bool = False) -> float:
    """Write the run as ONNX and return its largest relative L2 distance from the run, over stored examples.

    The tensors are ``input`` ``(batch, c_in, s...)`` and ``output`` ``(batch, c_out, s...)``, with steps ``(batch,
    steps, c_out, s...)``, in physical units, normalisers included, for any batch, on the grid of the training data or
    on any. The metadata hold the problem, the version of this package, the range of the training inputs and, as
    ``training_guard``, all that is known of them; ``surrogate`` is the whole card of the file.

    Raises:
        SettingsError: the packages that write and run ONNX are not installed, the run makes no steps, cannot be
            exported for any grid, or what is at ``path`` is not ours.
        ExportError: the file differs from the run by more than ``tolerance``; nothing is left at ``path``.
        StorageError: the disk refused.
    """
    missing = [name for name in ("onnx", "onnxscript", "onnxruntime") if importlib.util.find_spec(name) is None]
    if missing:
        raise SettingsError(f"format=onnx needs {', '.join(missing)}: pip install 'surrogate[export]'")
    if path.suffix != SUFFIX and path != STDOUT:
        raise SettingsError(f"out={path}: expected a name that ends in .onnx")
    form = form or Form()
    path = placed(run, path, form, "ONNX", overwrite)
    with quiet("torch.onnx", "torch.export", "onnxscript", "onnx_ir"):
        with grid_errors(form, run):
            content = _content(run, form)
        return write(run, path, content, SUFFIX, tolerance, form)


def _content(run: Run, form: Form) -> bytes:
    module, inputs, axes = graph(run, form)
    program = torch.onnx.export(
        module,
        (inputs,),
        input_names=["input"],
        output_names=["output"],
        dynamic_shapes=(axes,),
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
    )
    if program is None:
        raise RuntimeError("torch.onnx.export returned no program")
    program.model.metadata_props.update(_metadata(run, form))
    content: bytes = program.model_proto.SerializeToString()
    return content


def _metadata(run: Run, form: Form) -> dict[str, str]:
    card = Card.of(run, form)
    metadata = {
        "problem": run.record.problem.model_dump_json(),
        "version": surrogate.__version__,
        "training_range": json.dumps({"low": card.low, "high": card.high}),
        "training_data": run.record.data.model_dump_json(),
        CARD: card.model_dump_json(),
    }
    guard = card.record.guard
    return metadata if guard is None else metadata | {"training_guard": guard.model_dump_json()}
