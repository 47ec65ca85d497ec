"""The baseline that needs no learning but a solver: the same question on half the grid, interpolated back.

Shapes: p pairs, c channels, s... space.
"""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

import surrogate
from surrogate.datasets.dataset import Dataset
from surrogate.equations import Equation
from surrogate.errors import InputError
from surrogate.evaluation.baselines.coarse_solver import Solver, coarser_points, solver_of
from surrogate.evaluation.report.wording import duration, grid_text
from surrogate.integrity import keep, kept
from surrogate.predictors.asking import batches
from surrogate.predictors.tensor_files import parse_tensors, tensor_bytes
from surrogate.spaces import Problem, Split

Field = NDArray[np.float32]


def half_grid(data: Dataset, split: Split, problem: Problem, inputs: Field, seconds: float, cache: Path) -> Field:
    """Return what the solver of the recipe makes of ``inputs`` on half the points along each axis, ``(p, c, s...)``.

    Whatever fixes the fineness of the solver is halved with the grid; its time steps stay. An evolution is not held to
    the tolerance that the recipe promises of its labels. The inputs are averaged over cells or taken at shared points,
    the solution comes back by its Fourier series where everything is periodic, to fourth order elsewhere.

    Args:
        data: with a recipe.
        split: of it that ``inputs`` are.
        problem: a map or a step.
        inputs: ``(p, c_in, s...)``.
        seconds: what takes longer, by what the first few samples took, is not done.
        cache: a folder; what was solved is kept there and found again.

    Raises:
        SurrogateError: it cannot be had; the message says why.
    """
    solver, points = solver_of(data, problem), coarser_points(problem.grid, 2)
    if points is None:
        raise InputError(f"{grid_text(problem.grid.points)} points have no half")
    equation = solver.equation.on(points, solver.equation.spec.task).as_fine_as(solver.equation.fineness)
    if equation.time_steps is not None:
        equation = equation.with_steps(equation.time_steps)
    asked = [surrogate.__version__, data.hash, split, problem.task, list(points), equation.model_dump(mode="json")]
    key = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
    path = cache / f"half_grid-{key}.safetensors"
    known = kept(path)
    if known is not None:
        return parse_tensors(known, path)["outputs"].numpy()
    found = _solved(solver, equation, inputs, seconds)
    keep(path, tensor_bytes({"outputs": torch.from_numpy(found)}))
    return found


def _solved(solver: Solver, equation: Equation, inputs: Field, seconds: float) -> Field:
    found, began, worked = [], time.monotonic(), time.process_time()
    with torch.inference_mode():
        for block in batches(len(inputs), equation.block):
            solution = solver(torch.from_numpy(inputs[block]).double(), equation, equation.grid.points)
            found.append(solution.float().numpy())
            # Several threads make the second larger, other programs the first.
            spent = min(time.monotonic() - began, time.process_time() - worked)
            needed = spent * len(inputs) / min(block.stop, len(inputs))
            if needed > seconds:
                more = (
                    f"solving {len(inputs)} of them takes about {duration(needed)}; solver_seconds allows {seconds:g}"
                )
                raise InputError(more)
    return np.concatenate(found)
