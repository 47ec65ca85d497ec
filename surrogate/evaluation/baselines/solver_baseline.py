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
from surrogate.datasets.recorded_equation import recorded_equation
from surrogate.datasets.windows import chosen_fields
from surrogate.equations import Equation
from surrogate.errors import InputError
from surrogate.evaluation.report.wording import duration, grid_text
from surrogate.integrity import keep, kept
from surrogate.predictors.asking import batches
from surrogate.predictors.classical_solver import ClassicalSolver, coarser_points
from surrogate.predictors.tensor_files import parse_tensors, tensor_bytes
from surrogate.spaces import Problem, Split

Field = NDArray[np.float32]


def solver_of(data: Dataset, problem: Problem) -> ClassicalSolver:
    """Return the solver that made ``data``, for the question of ``problem``: a map, or one step.

    Raises:
        InputError: the data have no recipe, or the problem takes more than the state and the constants.
    """
    if data.recipe is None:
        raise InputError(f"{data.path}: the data came from elsewhere, so the solver that made them is not known")
    if chosen_fields(data.spec, problem) is not None:
        raise InputError("the solver of the recipe goes from what the data were made of to their states, not this way")
    if problem.history > 1 or problem.takes_lead:
        raise InputError("a surrogate of several frames or a lead time is not asked what the solver is asked")
    equation = recorded_equation(data.recipe).bound(data.spec)
    if problem.task == "map":
        return ClassicalSolver(equation, problem, data.path)
    step = equation.one_step(data.spec.times[1] - data.spec.times[0])
    if step is None:
        raise InputError(f"{equation.name}: its solver has no single step to compare with")
    return ClassicalSolver(step, problem, data.path)


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
    made_from = [surrogate.__version__, data.hash, split, problem.task, list(points), equation.model_dump(mode="json")]
    key = hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()[:16]
    path = cache / f"half_grid-{key}.safetensors"
    known = kept(path)
    if known is not None:
        return parse_tensors(known, path)["outputs"].numpy()
    solution = _solved(solver, equation, inputs, seconds)
    keep(path, tensor_bytes({"outputs": torch.from_numpy(solution)}))
    return solution


def _solved(solver: ClassicalSolver, equation: Equation, inputs: Field, seconds: float) -> Field:
    solutions, began, worked = [], time.monotonic(), time.process_time()
    with torch.inference_mode():
        for block in batches(len(inputs), equation.block):
            solution = solver(torch.from_numpy(inputs[block]).double(), equation, equation.grid.points)
            solutions.append(solution.float().numpy())
            # Several threads make the second larger, other programs the first.
            spent = min(time.monotonic() - began, time.process_time() - worked)
            needed = spent * len(inputs) / min(block.stop, len(inputs))
            if needed > seconds:
                more = (
                    f"solving {len(inputs)} of them takes about {duration(needed)}; solver_seconds allows {seconds:g}"
                )
                raise InputError(more)
    return np.concatenate(solutions)
