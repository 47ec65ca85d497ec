"""The solver of a recipe, named where a predictor is expected: what it costs to be as wrong as a surrogate is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from surrogate.datasets.dataset import Dataset
from surrogate.equations import Equation
from surrogate.errors import SettingsError
from surrogate.evaluation.baselines.solver_baseline import solver_of
from surrogate.evaluation.report.wording import grid_text
from surrogate.kinds import SOLVER
from surrogate.predictors.classical_solver import ClassicalSolver, coarser_points
from surrogate.predictors.effort_settings import SolverEffort
from surrogate.spaces import Task


def is_solver(path: Path) -> bool:
    """Return whether a path is the word for the solver of the recipe; other paths are absolute."""
    return str(path) == SOLVER


def named_solver(data: Dataset, task: Task, effort: SolverEffort) -> ClassicalSolver:
    """Return the solver that made ``data``, given so much work, as a predictor; its figures go beside the data.

    Raises:
        InputError: the data have no recipe, or their solver makes no single steps.
        SettingsError: the grid has none so coarse, or the solver stops at no residual, or makes no steps.
    """
    solver = solver_of(data, data.spec.problem(task))
    name = "-".join((data.path.name, SOLVER, *effort.changes)).replace(" ", "-")
    return replace(solver, path=data.path.parent / name, effort=_at(solver.equation, effort), made=data.path)


def _at(equation: Equation, effort: SolverEffort) -> Equation:
    """Return the equation solved with so much work."""
    if effort.coarser > 1:
        points = coarser_points(equation.grid, effort.coarser)
        if points is None:
            own = grid_text(equation.grid.points)
            raise SettingsError(f"solver.coarser={effort.coarser}: {own} points have none so much coarser")
        equation = equation.on(points, equation.spec.task).as_fine_as(equation.fineness)
    steps = equation.time_steps
    if effort.tolerance is not None:
        if steps is not None:
            raise SettingsError(f"solver.tolerance: {equation.name} is solved in time steps; take solver.steps")
        return equation.model_copy(update={"tolerance": effort.tolerance})
    if effort.steps is not None and steps is None:
        raise SettingsError(f"solver.steps: {equation.name} makes no time steps; take solver.tolerance")
    # What is cheaper is not held to the tolerance that the recipe promises of its labels.
    return equation if steps is None or not effort.changes else equation.with_steps(effort.steps or steps)
