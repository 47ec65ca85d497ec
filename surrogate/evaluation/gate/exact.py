"""The exact layer: a frozen run on frozen samples, held against what it gave when it was frozen. No statistics.

It sees what the code does with given weights (operators, normalisers, metrics), in float64, where processors agree to
rounding, and in the float32 that users run, more loosely. It is blind to how weights are learned.

    run.json, weights.safetensors   a run
    examples.safetensors            a few test pairs (inputs, outputs) in physical units
    expected.safetensors            what it predicted for them (outputs), in float64
"""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from surrogate.errors import InputError
from surrogate.evaluation.gate.baseline import BaselineState, frozen_folder, read_baseline
from surrogate.evaluation.gate.gate_settings import GateConfig
from surrogate.evaluation.gate.measure import mean_errors
from surrogate.files import UNFINISHED, make_folder, publish_bytes
from surrogate.outputs import OTHERS, place
from surrogate.predictors.asking import ask
from surrogate.predictors.predictor import Field
from surrogate.predictors.runs import EXAMPLES, RECORD, WEIGHTS, load_run, read_stored, save_run, store
from surrogate.reading import read_bytes, sha256

EXPECTED = "expected.safetensors"
FILES = (RECORD, WEIGHTS, EXAMPLES, EXPECTED)


@dataclass(frozen=True)
class Compared:
    """A figure of the frozen run: what it was, what it is, and how far apart these may be, relatively."""

    name: str
    then: float
    now: float
    apart: float
    tolerance: float

    @property
    def passed(self) -> bool:
        return self.apart <= self.tolerance  # false for NaN


def placed(config: GateConfig) -> Path:
    """Return the folder of the frozen run, which is ours or new, as the file of the baseline is.

    Raises:
        SettingsError: what is there is no baseline, or no frozen run.
        StorageError: nothing can be written there.
    """

    def baseline(path: Path) -> str:
        try:
            read_baseline(path)
        except InputError:
            return OTHERS
        return ""

    def frozen(folder: Path) -> str:
        names = {file.name for file in folder.iterdir() if not file.name.startswith(UNFINISHED)}
        return "" if {RECORD, WEIGHTS} <= names <= set(FILES) else "the folder holds something else than a frozen run"

    inputs = {"run": config.run, "runs": config.runs, "data": config.data}
    rules: dict[str, Any] = {"inputs": inputs, "overwrite": config.overwrite, "key": "baseline"}
    path = place(config.baseline, "file", ours=baseline, **rules)
    return place(frozen_folder(path), "folder", ours=frozen, **rules)


def freeze(run: Path, inputs: Field, outputs: Field, folder: Path, config: GateConfig) -> tuple[str, dict[str, float]]:
    """Keep the run and its first test pairs in ``folder``; return the hash of its weights, and its errors in float64.

    Raises:
        StorageError: the disk refused.
    """
    chosen = slice(0, config.frozen_samples)
    loaded = load_run(run)
    examples = torch.from_numpy(np.array(inputs[chosen])), torch.from_numpy(np.array(outputs[chosen]))
    beside = folder.with_name(f".unfinished-{folder.name}")
    shutil.rmtree(beside, ignore_errors=True)
    make_folder(beside)
    save_run(beside, loaded.surrogate, loaded.record, examples)
    store(beside, EXPECTED, {"outputs": _double(beside)})
    figures = _errors(beside, config)
    make_folder(folder)
    for name in FILES:
        publish_bytes(folder / name, read_bytes(beside / name))
    shutil.rmtree(beside)
    return sha256(folder / WEIGHTS), figures


def compare(folder: Path, state: BaselineState, config: GateConfig) -> list[Compared]:
    """Return the figures of the frozen run, now and when it was frozen.

    Raises:
        InputError: the frozen run is not there, or is another than the baseline's.
    """
    if not (folder / WEIGHTS).is_file():
        raise InputError(f"{folder}: the frozen run of the baseline is not there; keep it beside the baseline")
    if sha256(folder / WEIGHTS) != state.frozen:
        raise InputError(f"{folder}: its weights are not those that the baseline was made with")
    expected = read_stored(folder, EXPECTED)["outputs"]
    now = _errors(folder, config, tuple(state.exact))
    figures = [
        Compared(name, then, now[name], abs(now[name] / then - 1), config.exact) for name, then in state.exact.items()
    ]
    run = load_run(folder)
    with torch.inference_mode():
        single = run.surrogate(run.examples[0])
    for name, given, tolerance in (
        ("float64", _double(folder), config.exact),
        ("float32", single.double(), config.exact_float32),
    ):
        figures.append(Compared(f"{name} prediction", math.nan, math.nan, _apart(given, expected), tolerance))
    return figures


def _double(folder: Path) -> Tensor:
    run = load_run(folder)
    with torch.inference_mode():
        return run.surrogate.double()(run.examples[0].double())


def _errors(folder: Path, config: GateConfig, metrics: tuple[str, ...] | None = None) -> dict[str, float]:
    run = load_run(folder)
    run.surrogate.double()
    inputs, outputs = (pairs.double().numpy() for pairs in run.examples)
    prediction = ask(run.surrogate, inputs, config.batch_size).prediction
    return mean_errors(prediction, outputs, run.problem, config.batch_size, metrics or config.metrics)


def _apart(given: Tensor, expected: Tensor) -> float:
    """Return the relative L2 distance of the sample that is farthest; NaN where the shapes differ."""
    if given.shape != expected.shape:
        return math.nan
    return float(((given - expected).flatten(1).norm(dim=1) / expected.flatten(1).norm(dim=1)).max())
