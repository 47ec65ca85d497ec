"""ONNX: one file that ONNX Runtime and other engines run without Python."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.export import Dim

import surrogate
from surrogate.errors import SettingsError
from surrogate.export._parity import TRACED, check, examples, exportable, published, quiet
from surrogate.physical import Surrogate
from surrogate.runs import Run

SUFFIX = ".onnx"

# GELU is an operator of its own from 20 on, and ONNX Runtime has known 20 since version 1.17.
OPSET = 20


def export(run: Run, path: Path, tolerance: float) -> float:
    """Write the run as ONNX and return its largest relative L2 distance from the run, over stored examples.

    The tensors are ``input`` ``(batch, c_in, s...)`` and ``output`` ``(batch, c_out, s...)``, in physical units,
    normalisers included, for any batch, on the grid of the training data. The metadata hold the problem, the version
    of this package and the range of the training inputs.

    Raises:
        SettingsError: the packages that write and run ONNX are not installed.
        ExportError: the file differs from the run by more than ``tolerance``; nothing is left at ``path``.
        StorageError: the disk refused.
    """
    missing = [name for name in ("onnx", "onnxscript", "onnxruntime") if importlib.util.find_spec(name) is None]
    if missing:
        raise SettingsError(f"format=onnx needs {', '.join(missing)}: pip install 'surrogate[export]'")
    with published(path) as beside, quiet("torch.onnx", "torch.export", "onnxscript", "onnx_ir"):
        _write(run, beside)
        return check(run, _session(beside), tolerance)


def _write(run: Run, path: Path) -> None:
    model = exportable(run)
    program = torch.onnx.export(
        model,
        (examples(run, TRACED),),
        input_names=["input"],
        output_names=["output"],
        dynamic_shapes=({0: Dim("batch")},),
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
    )
    if program is None:
        raise RuntimeError("torch.onnx.export returned no program")
    program.model.metadata_props.update(_metadata(run, model))
    program.save(path, external_data=False)


def _metadata(run: Run, model: Surrogate) -> dict[str, str]:
    return {
        "problem": run.record.problem.model_dump_json(),
        "version": surrogate.__version__,
        "training_range": json.dumps({"low": model.input_low.tolist(), "high": model.input_high.tolist()}),
        "training_data": run.record.data.model_dump_json(),
    }


def _session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])

    def exported(fields: Tensor) -> Tensor:
        return torch.from_numpy(session.run(["output"], {"input": fields.numpy()})[0])

    return exported
