"""The ways in which a surrogate can be run: eagerly, compiled, and from the ONNX file that was exported beside it."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from surrogate.errors import DamageError, SurrogateError
from surrogate.predictors.exported.artefact import open_artefact
from surrogate.predictors.predictor import Predictor, required_map
from surrogate.predictors.runs import Run

Way = Callable[[Tensor], Tensor]


def paths(
    predictor: Predictor, points: tuple[int, ...], compiled: bool, device: torch.device
) -> tuple[dict[str, Way], dict[str, str]]:
    """Return name -> way from inputs (b, c, points...) to outputs, and for each way that is not to be had, why not.

    Raises:
        InputError: answers are all there is of the predictor.
    """
    surrogate = required_map(predictor, "suite=cost")
    ways: dict[str, Way] = {"eager": _eager(surrogate, device)}
    omitted: dict[str, str] = {}
    if not isinstance(predictor, Run):
        return {"exported" if predictor.path.is_file() else "eager": ways["eager"]}, {}
    run = predictor
    if compiled:
        try:
            way = _silent(_eager(torch.compile(copy.deepcopy(run.surrogate)), device))
            way(run.examples[0][:1])
            ways["compiled"] = way
        except Exception as error:  # whatever stops the compiler is a reason to be told, not a failure
            omitted["compiled"] = (str(error).strip().splitlines() or [type(error).__name__])[0]
    exported = _exported(run, points)
    if isinstance(exported, str):
        omitted["exported"] = exported
    else:
        ways["ONNX Runtime"] = exported
    return ways, omitted


def answers(way: Way, inputs: Tensor) -> Tensor:
    """Return the outputs for inputs (n, c, s...) in physical units, one at a time: (n, k, s...)."""
    return torch.cat([way(one.float()).cpu() for one in inputs.split(1)])


def _eager(surrogate: Any, device: torch.device) -> Way:
    def way(fields: Tensor) -> Tensor:
        with torch.inference_mode():
            answer: Tensor = surrogate(fields.to(device))
        return answer

    return way


def _silent(way: Way) -> Way:
    """Return the way without the remarks of a compiler that meets a new shape."""

    def silent(fields: Tensor) -> Tensor:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return way(fields)

    return silent


def _exported(run: Run, points: tuple[int, ...]) -> Way | str:
    """Return the way through the file beside the run that makes one step on its grid, or why there is none."""
    if points != run.record.problem.grid.points:
        return "a file of a fixed grid takes the training grid alone"
    reason = f"surrogate export {run.path.name} format=onnx writes the file that would be timed"
    for path in sorted(run.path.glob("*.onnx")):
        try:
            artefact = open_artefact(path)
            if artefact.card.steps == 1 and not artefact.card.dynamic_grid:
                call = artefact.load()
                return lambda fields: call(fields.cpu())
        except DamageError:
            raise
        except SurrogateError as error:
            reason = str(error)
    return reason
