"""The ways in which a surrogate can be run: eagerly, compiled, and from the ONNX file that was exported beside it."""

from __future__ import annotations

import copy
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from surrogate.runs import Run

Way = Callable[[Tensor], Tensor]


def paths(run: Run, compiled: bool, device: torch.device) -> tuple[dict[str, Way], dict[str, str]]:
    """Return name -> way from inputs (b, c, s...) to outputs, and for each way that is not to be had, why not."""
    found: dict[str, Way] = {"eager": _eager(run.surrogate, device)}
    omitted: dict[str, str] = {}
    if compiled:
        try:
            way = _eager(torch.compile(copy.deepcopy(run.surrogate)), device)
            way(run.examples[0][:1])
            found["compiled"] = way
        except Exception as error:  # whatever stops the compiler is a reason to be told, not a failure
            omitted["compiled"] = (str(error).strip().splitlines() or [type(error).__name__])[0]
    files = sorted(run.folder.glob("*.onnx"))
    if not files:
        omitted["exported"] = f"surrogate export run={run.folder.name} format=onnx writes the file that would be timed"
    elif importlib.util.find_spec("onnxruntime") is None:
        omitted["exported"] = "pip install 'surrogate[export]'"
    else:
        found["ONNX Runtime"] = _exported(files[0])
    return found, omitted


def answers(way: Way, inputs: Tensor) -> Tensor:
    """Return the outputs for inputs (n, c, s...) in physical units, one at a time: (n, k, s...)."""
    return torch.cat([way(one.float()).cpu() for one in inputs.split(1)])


def _eager(surrogate: Any, device: torch.device) -> Way:
    def way(fields: Tensor) -> Tensor:
        with torch.inference_mode():
            answer: Tensor = surrogate(fields.to(device))
        return answer

    return way


def _exported(path: Path) -> Way:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])

    def way(fields: Tensor) -> Tensor:
        return torch.from_numpy(session.run(["output"], {"input": fields.cpu().numpy()})[0])

    return way
