"""Arrays in, arrays out: a run asked about fields of the user's own, in physical units.

Shapes: n samples, t steps, c channels, s... space.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate import cores
from surrogate.errors import InputError, SettingsError, some
from surrogate.evaluation.report.wording import off_grid_note
from surrogate.memory_limits import require
from surrogate.predictors.predictor import refusal_on
from surrogate.predictors.rollout import roll_out
from surrogate.predictors.runs import Run
from surrogate.predictors.surrogate import Surrogate
from surrogate.spaces import Problem

Field = NDArray[np.float32]
# The fields (n, c, s...) that the classical solver finds for inputs (n, c, s...) of the equation of a run.
Solve = Callable[[Run, Field], NDArray[np.floating]]
# Samples of which it is said in what they are unlike the training inputs.
_NAMED = 3


@dataclass(frozen=True)
class Request:
    """What is asked of a run.

    Attributes:
        array: the inputs ``(n, c, s...)``; ``(c, s...)`` is one sample, and ``(n, s...)`` is taken where the run has a
            single input field.
        points: places ``(p, d)`` in the coordinates of the grid at which to answer; None: on the grid of the inputs.
        steps: more than one rolls a run of task ``step`` out.
        batch_size: inputs at once.
        on_outside: what becomes of inputs unlike those of training: they are told of, refused, or solved classically.
        named: how errors call the inputs and the points.
    """

    array: NDArray[np.generic]
    points: NDArray[np.generic] | None
    steps: int
    batch_size: int
    on_outside: Literal["warn", "error", "solve"]
    named: tuple[str, str] = ("the inputs", "the points")


@dataclass(frozen=True)
class Reply:
    """What a run answered.

    Attributes:
        output: ``(n, c, s...)``; with several steps every state on the way, ``(n, t, c, s...)``; at points
            ``(n, c, p)``.
        unlike: in what each sample is unlike the training inputs; empty: in nothing that is known.
        solved: samples that went to the classical solver instead.
        assumed: how an array with fewer axes than ``(n, c, s...)`` was read; empty when nothing was assumed.
        off_grid: what became of another grid than that of the training data; empty on that one.
        unverified: that damage to the run would not be noticed; empty where it would.
    """

    output: Field
    unlike: tuple[str, ...]
    solved: int
    assumed: str
    off_grid: str
    unverified: str

    @property
    def outside(self) -> int:
        """How many samples are unlike the training inputs."""
        return sum(bool(reason) for reason in self.unlike)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user must know before trusting the output."""
        warnings = [note for note in (self.unverified, self.off_grid) if note]
        if self.outside:
            samples, reasons = len(self.unlike), _first_reasons(self.unlike)
            warnings.append(f"{self.outside} of {samples} samples are unlike the training inputs: {reasons}")
        return tuple(warnings)


@cores.restored_afterwards()
def reply(run: Run, request: Request, device: torch.device, solve: Solve | None = None) -> Reply:
    """Return what a run on ``device`` gives for arrays, float32 in physical units.

    With ``steps`` above 1 the input's last channels are the first state, behind those before it where the run takes
    several, and all others stay, the lead time among them.

    Raises:
        InputError: an array is not one that the run can take, or a sample is refused.
        SettingsError: ``steps`` above 1 for a map or at points, or no solver for this.
    """
    problem, (name, name_of_points) = run.record.problem, request.named
    if request.steps > 1 and problem.task != "step":
        raise SettingsError(f"steps={request.steps}: {run.path} maps to the final state at once; expected steps=1")
    if request.steps > 1 and request.points is not None:
        raise SettingsError(f"steps={request.steps}: the next step needs the state on the grid; points= takes steps=1")
    points = None if request.points is None else _as_points(request.points, problem, name_of_points).to(device)
    fields, assumed = _as_fields(request.array, run.surrogate, name)

    # The answers are held in batches and then together.
    answers = 8 * len(fields) * len(problem.target.fields) * request.steps * math.prod(fields.shape[2:])
    require(answers, f"{name}: {len(fields):,} answers", "give the input in parts, or fewer steps")
    off_grid, unlike = _off_grid(run, fields), list[str]()
    for start in range(0, len(fields), request.batch_size):
        unlike += run.surrogate.unlike(torch.from_numpy(fields[start : start + request.batch_size]).to(device))
    flagged = np.array([bool(reason or off_grid) for reason in unlike])
    if request.on_outside == "error" and flagged.any():
        raise InputError(f"{name}: unlike what {run.path} was trained on: {_first_reasons(unlike) or off_grid}")
    if request.on_outside == "solve" and (solve is None or problem.task != "map" or points is not None):
        raise SettingsError("on_outside=solve: expected a map, answered on its grid; take on_outside=warn or error")

    output = _answered(run, fields, points, request, device)
    solved = int(flagged.sum()) if request.on_outside == "solve" else 0
    if solved and solve is not None:
        output[flagged] = solve(run, fields[flagged])
    reasons = ("",) * len(fields) if solved else tuple(unlike)
    return Reply(output, reasons, solved, assumed, "" if solved else off_grid, run.unverified)


def _answered(run: Run, fields: Field, points: Tensor | None, request: Request, device: torch.device) -> Field:
    """Return the answers of the surrogate, a batch at a time."""
    outputs = []
    with torch.inference_mode():
        for start in range(0, len(fields), request.batch_size):
            batch = torch.from_numpy(fields[start : start + request.batch_size]).to(device)
            try:
                if not start and len(fields) > request.batch_size and device.type == "cpu":
                    cores.settle(partial(_apply, run.surrogate, batch, 1, points))
                result = _apply(run.surrogate, batch, request.steps, points)
            except ValueError as error:
                grid = " x ".join(str(extent) for extent in batch.shape[2:])
                what = f"a grid of {grid} points" if points is None else "it"
                name = request.named[points is not None]
                raise InputError(f"{name}: the surrogate of {run.path} cannot take {what}: {error}") from error
            outputs.append(result.cpu().numpy())
    return np.concatenate(outputs)


def _first_reasons(unlike: Sequence[str]) -> str:
    """Return in what the first few samples are unlike the training inputs, and how many more are."""
    return some([f"sample {number}: {reason}" for number, reason in enumerate(unlike) if reason], _NAMED)


def _off_grid(run: Run, fields: Field) -> str:
    trained, given = run.record.problem.domain.points, fields.shape[2:]
    if given == trained or run.surrogate.capabilities.same_on_any_grid:
        return ""
    return off_grid_note(run.record.settings, trained, given)


def _apply(surrogate: Surrogate, fields: Tensor, steps: int, points: Tensor | None) -> Tensor:
    if points is not None:
        return surrogate.at(fields, points)
    return surrogate(fields) if steps == 1 else roll_out(surrogate, surrogate.problem, fields, steps)


def _as_points(array: NDArray[np.generic], problem: Problem, name: str) -> Tensor:
    """Return places (p, d) in float64, all of them in the box of the data, which has no ends where it is periodic."""
    grid, axes = problem.grid, problem.dimensions
    if array.ndim != 2 or array.shape[1] != axes or len(array) == 0 or array.dtype.kind not in "fiu":
        raise InputError(f"{name}: an array {array.shape} of {array.dtype}; expected numbers (point, {axes} axes)")
    points = array.astype(np.float64)
    low = np.where(problem.boundary.periodic, -np.inf, grid.origin)
    high = np.where(problem.boundary.periodic, np.inf, np.add(grid.origin, grid.lengths))
    outside = ~((points >= low) & (points <= high) & np.isfinite(points)).all(axis=1)
    if outside.any():
        number = int(outside.argmax())
        box = " x ".join(f"[{a:g}, {a + length:g}]" for a, length in zip(grid.origin, grid.lengths, strict=True))
        raise InputError(f"{name}: point {number}, {points[number].tolist()}, lies outside the box {box} of the data")
    return torch.from_numpy(points)


def _as_fields(array: NDArray[np.generic], surrogate: Surrogate, name: str) -> tuple[Field, str]:
    """Return the array as (n, c, s...) in float32, and what was assumed to read it so."""
    problem = surrogate.problem
    channels, axes = len(problem.channels), len(problem.domain.points)
    names = ", ".join(field.name for field in problem.channels)
    expected = f"expected (sample, {channels}, {axes} space axes) with the fields {names}"
    if array.dtype.kind not in "fiub":
        raise InputError(f"{name}: holds {array.dtype}, not real numbers; {expected}")
    shape, assumed = array.shape, ""
    if array.ndim == axes + 1 and channels == 1 and shape[0] != 1:
        array, assumed = array[:, None], f"{shape[0]} samples of the one field {names}"
    elif array.ndim == axes + 1:
        array, assumed = array[None], "a single sample"
    if array.ndim != axes + 2 or array.shape[1] != channels or 0 in array.shape:
        raise InputError(f"{name}: an array of shape {shape}; {expected}")
    if reason := refusal_on(surrogate, array.shape[2:]):
        raise InputError(f"{name}: {reason}")
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite and is refused below
        fields = np.ascontiguousarray(array, dtype=np.float32)
    if not np.isfinite(fields).all():
        sample = int(np.argmin(np.isfinite(fields).reshape(len(fields), -1).all(axis=1)))
        raise InputError(f"{name}: sample {sample} holds values that are not finite in float32")
    return fields, assumed
