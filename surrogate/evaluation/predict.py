"""Fields in, fields out: a run applied to arrays of the user's own, in physical units.

Shapes: n samples, t steps, c channels, s... space.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate import cores
from surrogate.environment import choose_device
from surrogate.errors import InputError, SettingsError, some
from surrogate.evaluation.prediction_settings import PredictConfig
from surrogate.evaluation.report.wording import off_grid_note
from surrogate.memory_limits import require
from surrogate.predictors.predictor import refusal_on
from surrogate.predictors.rollout import roll_out
from surrogate.predictors.runs import WEIGHTS, Run, load_run
from surrogate.predictors.surrogate import Surrogate
from surrogate.reading import read_array
from surrogate.spaces import Problem
from surrogate.written import Record, fingerprint, place_single, publish_single

Field = NDArray[np.float32]
# The fields (n, c, s...) that the classical solver finds for inputs (n, c, s...) of the equation of a run.
Solve = Callable[[Run, Field], NDArray[np.floating]]
# Samples of which it is said in what they are unlike the training inputs.
_NAMED = 3


@dataclass(frozen=True)
class Prediction:
    """What a prediction read and wrote.

    Attributes:
        path: the array written, links followed; its record lies beside it.
        input_shape: as it was read.
        output_shape: as it was written.
        samples: n.
        unlike: in what each sample is unlike the training inputs; empty: in nothing that is known.
        solved: samples that went to the classical solver instead.
        assumed: how an array with fewer axes than ``(n, c, s...)`` was read; empty when nothing was assumed.
        off_grid: what became of another grid than that of the training data; empty on that one.
        unverified: that damage to the run would not be noticed; empty where it would.
    """

    path: Path
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    samples: int
    unlike: tuple[str, ...]
    solved: int
    assumed: str
    off_grid: str
    unverified: str = ""

    def figures(self) -> dict[str, str]:
        """Return the summary as name -> text."""
        shown = {"input": str(self.input_shape), "output": str(self.output_shape), "samples": str(self.samples)}
        shown |= {"solved": f"{self.solved} of them by the solver"} if self.solved else {}
        return shown | ({"read as": self.assumed} if self.assumed else {})

    def document(self) -> dict[str, Any]:
        """Return what the record beside the output says of it, as JSON values."""
        shapes = {"input": list(self.input_shape), "output": list(self.output_shape)}
        return {"shapes": shapes, "solved": self.solved, "read_as": self.assumed, "warnings": list(self.warnings)}

    @property
    def outside(self) -> int:
        """How many samples are unlike the training inputs."""
        return sum(bool(said) for said in self.unlike)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user must know before trusting the output."""
        found = [said for said in (self.unverified, self.off_grid) if said]
        if self.outside:
            found.append(
                f"{self.outside} of {self.samples} samples are unlike the training inputs: {_said(self.unlike)}"
            )
        return tuple(found)


@cores.restored_afterwards()
def predict(config: PredictConfig, solve: Solve | None = None) -> Prediction:
    """Write what the run gives for the inputs in ``config.input`` to ``config.out``, float32 in physical units.

    The input is ``(n, c, s...)``; ``(c, s...)`` is read as one sample, and ``(n, s...)`` where the run has a single
    input field. The output is ``(n, c, s...)``; with ``steps`` above 1, for a run of task ``step``, it is every state
    on the way, ``(n, t, c, s...)``: the input's last channels are the first state, behind those before it where the run
    takes several, and all others stay, the lead time among them. With ``points``, an array (p, d) of places in the
    coordinates of the grid, it is ``(n, c, p)``.

    What is unlike the training inputs, or on a grid that the surrogate did not learn on, is said, refused, or given to
    ``solve`` in place of the surrogate, as ``config.on_outside`` has it.

    Raises:
        InputError: no run there, an array is not one that it can take, or a sample that is refused.
        SettingsError: ``steps`` above 1 for a map or at points, no such device, no solver for this, or what is at
            ``config.out`` is not ours.
        StorageError: the disk refused.
    """
    read = {"run": config.run, "input": config.input, "points": config.points}
    out = place_single(config.out, lambda: _record(config), inputs=read, overwrite=config.overwrite)
    device = choose_device(config.device)
    run = load_run(config.run, device)
    problem = run.record.problem
    if config.steps > 1 and problem.task != "step":
        raise SettingsError(f"steps={config.steps}: {config.run} maps to the final state at once; expected steps=1")
    if config.steps > 1 and config.points is not None:
        raise SettingsError(f"steps={config.steps}: the next step needs the state on the grid; points= takes steps=1")
    points = None if config.points is None else _as_points(read_array(config.points), problem, config.points).to(device)
    array = read_array(config.input)
    fields, assumed = _as_fields(array, run.surrogate, config.input)

    # The answers are held in batches and then together.
    answers = 8 * len(fields) * len(problem.target.fields) * config.steps * math.prod(fields.shape[2:])
    require(answers, f"{config.input}: {len(fields):,} answers", "give the input in parts, or fewer steps")
    off_grid, unlike = _off_grid(run, fields), list[str]()
    for start in range(0, len(fields), config.batch_size):
        unlike += run.surrogate.unlike(torch.from_numpy(fields[start : start + config.batch_size]).to(device))
    flagged = np.array([bool(said or off_grid) for said in unlike])
    if config.on_outside == "error" and flagged.any():
        raise InputError(f"{config.input}: unlike what {config.run} was trained on: {_said(unlike) or off_grid}")
    if config.on_outside == "solve":
        _check_solvable(config, run, solve)

    found = []
    with torch.inference_mode():
        for start in range(0, len(fields), config.batch_size):
            batch = torch.from_numpy(fields[start : start + config.batch_size]).to(device)
            try:
                if not start and len(fields) > config.batch_size and device.type == "cpu":
                    cores.settle(partial(_apply, run.surrogate, batch, 1, points))
                result = _apply(run.surrogate, batch, config.steps, points)
            except ValueError as error:
                grid = " x ".join(str(extent) for extent in batch.shape[2:])
                what = f"a grid of {grid} points" if config.points is None else "it"
                asked = config.points or config.input
                raise InputError(f"{asked}: the surrogate of {config.run} cannot take {what}: {error}") from error
            found.append(result.cpu().numpy())
    output = np.concatenate(found)
    solved = int(flagged.sum()) if config.on_outside == "solve" else 0
    if solved and solve is not None:
        output[flagged] = solve(run, fields[flagged])
    said = ("",) * len(fields) if solved else tuple(unlike)
    shapes = (array.shape, output.shape)
    beyond = "" if solved else off_grid
    prediction = Prediction(out, *shapes, len(fields), said, solved, assumed, beyond, run.unverified)
    content = io.BytesIO()
    np.save(content, output, allow_pickle=False)
    publish_single(out, content.getvalue(), _record(config), prediction.document())
    return prediction


def _record(config: PredictConfig) -> Record:
    """Return what a prediction is made from."""
    read = {"run": config.run / WEIGHTS, "input": config.input, "points": config.points}
    decisive: dict[str, object] = {"steps": config.steps, "on_outside": config.on_outside}
    decisive |= {"tolerance": config.tolerance} if config.on_outside == "solve" else {}
    made_from = {key: fingerprint(path) for key, path in read.items()} | {key: str(it) for key, it in decisive.items()}
    return Record(command="predict", made_from=made_from)


def _said(unlike: Sequence[str]) -> str:
    """Return in what the first few samples are unlike the training inputs, and how many more are."""
    return some([f"sample {number}: {said}" for number, said in enumerate(unlike) if said], _NAMED)


def _check_solvable(config: PredictConfig, run: Run, solve: Solve | None) -> None:
    if solve is None or run.record.problem.task != "map" or config.points is not None:
        raise SettingsError("on_outside=solve: expected a map, answered on its grid; take on_outside=warn or error")


def _off_grid(run: Run, fields: Field) -> str:
    trained, given = run.record.problem.domain.points, fields.shape[2:]
    if given == trained or run.surrogate.capabilities.same_on_any_grid:
        return ""
    return off_grid_note(run.record.settings, trained, given)


def _apply(surrogate: Surrogate, fields: Tensor, steps: int, points: Tensor | None) -> Tensor:
    if points is not None:
        return surrogate.at(fields, points)
    return surrogate(fields) if steps == 1 else roll_out(surrogate, surrogate.problem, fields, steps)


def _as_points(array: NDArray[np.generic], problem: Problem, path: Path) -> Tensor:
    """Return places (p, d) in float64, all of them in the box of the data, which has no ends where it is periodic."""
    grid, axes = problem.grid, problem.dimensions
    if array.ndim != 2 or array.shape[1] != axes or len(array) == 0 or array.dtype.kind not in "fiu":
        raise InputError(f"{path}: an array {array.shape} of {array.dtype}; expected numbers (point, {axes} axes)")
    points = array.astype(np.float64)
    low = np.where(problem.boundary.periodic, -np.inf, grid.origin)
    high = np.where(problem.boundary.periodic, np.inf, np.add(grid.origin, grid.lengths))
    outside = ~((points >= low) & (points <= high) & np.isfinite(points)).all(axis=1)
    if outside.any():
        number = int(outside.argmax())
        box = " x ".join(f"[{a:g}, {a + length:g}]" for a, length in zip(grid.origin, grid.lengths, strict=True))
        raise InputError(f"{path}: point {number}, {points[number].tolist()}, lies outside the box {box} of the data")
    return torch.from_numpy(points)


def _as_fields(array: NDArray[np.generic], surrogate: Surrogate, path: Path) -> tuple[Field, str]:
    """Return the array as (n, c, s...) in float32, and what was assumed to read it so."""
    problem = surrogate.problem
    channels, axes = len(problem.channels), len(problem.domain.points)
    names = ", ".join(field.name for field in problem.channels)
    expected = f"expected (sample, {channels}, {axes} space axes) with the fields {names}"
    if array.dtype.kind not in "fiub":
        raise InputError(f"{path}: holds {array.dtype}, not real numbers; {expected}")
    shape, assumed = array.shape, ""
    if array.ndim == axes + 1 and channels == 1 and shape[0] != 1:
        array, assumed = array[:, None], f"{shape[0]} samples of the one field {names}"
    elif array.ndim == axes + 1:
        array, assumed = array[None], "a single sample"
    if array.ndim != axes + 2 or array.shape[1] != channels or 0 in array.shape:
        raise InputError(f"{path}: an array of shape {shape}; {expected}")
    if said := refusal_on(surrogate, array.shape[2:]):
        raise InputError(f"{path}: {said}")
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite and is refused below
        fields = np.ascontiguousarray(array, dtype=np.float32)
    if not np.isfinite(fields).all():
        sample = int(np.argmin(np.isfinite(fields).reshape(len(fields), -1).all(axis=1)))
        raise InputError(f"{path}: sample {sample} holds values that are not finite in float32")
    return fields, assumed
