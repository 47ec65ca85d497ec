"""What a surrogate saves against the very solver that made its data: error and seconds of both, on one machine.

Shapes: n samples, b queries answered at once, c channels, s... space.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor

from surrogate import registry
from surrogate.environment import environment
from surrogate.errors import SolverError
from surrogate.evaluation.baselines.solver_baseline import solver_of
from surrogate.evaluation.predictions import read_samples
from surrogate.evaluation.report.cells import table_text
from surrogate.evaluation.results import Evaluation
from surrogate.evaluation.timing.break_even import TriedEffort, break_even, hopeful, preparation, verdict
from surrogate.evaluation.timing.cost_result import MODES, ONE, Both, Cost, Mode, TimedAnswer, TimedSolve, Turns
from surrogate.evaluation.timing.execution_paths import answers, paths
from surrogate.evaluation.timing.interleaved import Budget, Call, duel, interleaved
from surrogate.evaluation.timing.solver_effort import Effort, efforts
from surrogate.norms import relative_l2
from surrogate.predictors.classical_solver import ClassicalSolver
from surrogate.written import publish

# Unknowns that a batch of the solver may have, times the fields that it holds of them: some gigabytes.
_MOST_UNKNOWNS = 2**22
Result = Cost


class Settings(registry.Settings):
    """How many samples, what their errors are against, and how carefully is timed; see conf/suite/cost.yaml."""

    samples: Annotated[int, Field(gt=0)]
    reference: Annotated[int, Field(ge=1)]
    batch: Annotated[int, Field(gt=0)]
    repeats: Annotated[int, Field(gt=0)]
    blocks: Annotated[int, Field(gt=0)]
    seconds: Annotated[float, Field(gt=0)]
    compile: bool


def measure(evaluation: Evaluation, settings: Settings) -> Cost:
    """Return errors and seconds of the solver at many settings and of the surrogate as it can be run.

    The solver is asked what the surrogate is asked, a map or one step, on the grid of the data and on coarser ones, to
    several tolerances or with several numbers of steps. Both are timed warm, with the same threads, their calls
    interleaved; then the quickest surrogate and the cheapest solve as accurate take turns, for the bounds. The errors
    of both are means over the same samples, against a finer solve by the same solver.

    Raises:
        InputError: the data have no recipe, or the surrogate takes what a solver does not.
    """
    device = torch.device(evaluation.device)
    solver = solver_of(evaluation.data, evaluation.problem)
    inputs, labels = _questions(evaluation, settings.samples)
    truth, spec = _reference(solver, inputs, labels, settings.reference), solver.equation.spec

    def error(solutions: Tensor) -> float:
        return float(relative_l2(solutions.cpu().double(), truth, spec.space).mean())

    tried, failed = _tried(solver, inputs, error)
    ways, omitted = paths(evaluation.predictor, spec.grid.points, settings.compile, device)
    calls: dict[str, Call] = {}
    for one in tried:
        calls |= _solver_calls(solver, inputs, one.effort, settings.batch)
    errors = {}
    for name, way in ways.items():
        errors[name] = error(answers(way, inputs))
        calls |= _surrogate_calls(name, way, inputs, settings.batch)
    seconds = interleaved(calls, Budget(settings.repeats, settings.seconds), device)
    cost = Cost(
        samples=len(inputs),
        reference=settings.reference,
        solver=tuple(
            TimedSolve(**_timed(one.effort.label, seconds), error=one.error, grid=one.effort.points, first=one.first)
            for one in tried
        ),
        failed=tuple(failed),
        surrogate=tuple(TimedAnswer(**_timed(name, seconds), error=mean) for name, mean in errors.items()),
        omitted=omitted,
        preparation=preparation(evaluation),
        threads=torch.get_num_threads(),
        device=str(device),
        machine=environment(device).processor,
        question="a step" if evaluation.problem.task == "step" else "a solution",
    )
    cost = cost.model_copy(update={"duels": {mode: _turns(cost, mode, calls, settings, device) for mode in MODES}})
    publish(evaluation.folder / "cost.csv", _csv(cost), evaluation.overwrite)
    return cost


def _tried(
    solver: ClassicalSolver, inputs: Tensor, error: Callable[[Tensor], float]
) -> tuple[list[TriedEffort], list[str]]:
    """Return the efforts of the solver that are worth timing, and in words those that it refused."""
    tried, failed = [], []
    for effort in efforts(solver):
        began = time.perf_counter()
        try:
            solutions = _in_blocks(solver, inputs, effort)
        except SolverError as refused:
            failed.append(f"{effort.label}: {refused}")
            continue
        first = time.perf_counter() - began
        tried.append(TriedEffort(effort, error(solutions), first))
    return hopeful(tried), failed


def _timed(label: str, seconds: Mapping[str, float]) -> dict[str, Any]:
    """Return what was timed of one, from the seconds of its calls, which are named LABEL|COUNT."""
    counts = {int(key.rpartition("|")[2]): value for key, value in seconds.items() if key.rpartition("|")[0] == label}
    many, at_once = min((value / count, count) for count, value in counts.items())
    return {"label": label, "one": counts[1], "many": many, "at_once": at_once}


def _turns(cost: Cost, mode: Mode, calls: Mapping[str, Call], settings: Settings, device: torch.device) -> Turns | None:
    """Return how the quickest surrogate and the cheapest solve as accurate fare in turn; None without such a solve."""
    best, rival = cost.quickest(mode), cost.rival(mode)
    if rival is None:
        return None
    shares = (1, 1) if mode == ONE else (best.at_once, rival.at_once)
    pair = (calls[f"{best.label}|{shares[0]}"], calls[f"{rival.label}|{shares[1]}"])
    held = duel(pair, shares, settings.blocks, settings.seconds, device)
    spent = cost.preparation.spent
    return Turns(
        surrogate=best.label,
        solver=rival.label,
        blocks=held.blocks,
        seconds=Both(surrogate=held.first, solver=held.second),
        ratio=held.ratio,
        verdict=verdict(held),
        break_even=None if spent is None else break_even(spent, held),
    )


def _questions(evaluation: Evaluation, samples: int) -> tuple[Tensor, Tensor]:
    """Return inputs (n, c, s...) and labels (n, k, s...) in float64: pairs spread evenly over the split."""
    several = evaluation.pairs > evaluation.samples
    pairs = read_samples(evaluation.problem, evaluation.data, evaluation.split, samples if several else None)
    inputs, labels = pairs.inputs, pairs.outputs
    count = min(samples, len(inputs))
    every = torch.linspace(0, len(inputs) - 1, count).round().long()
    return torch.from_numpy(inputs)[every].double(), torch.from_numpy(labels)[every].double()


def _reference(solver: ClassicalSolver, inputs: Tensor, labels: Tensor, finer: int) -> Tensor:
    if finer == 1:
        return labels
    equation = solver.equation.refined(finer, finer)
    return torch.cat([solver(one, equation) for one in inputs.split(1)])


def _in_blocks(solver: ClassicalSolver, inputs: Tensor, effort: Effort) -> Tensor:
    size = max(1, min(len(inputs), _MOST_UNKNOWNS // effort.cells))
    return torch.cat([solver(block, effort.equation, effort.points) for block in inputs.split(size)])


def _solver_calls(solver: ClassicalSolver, inputs: Tensor, effort: Effort, batch: int) -> dict[str, Call]:
    """Return the solver asked one question and as many as it holds at once: it is given the best of both."""
    most = max(1, min(batch, _MOST_UNKNOWNS // effort.cells))

    def call(count: int) -> Call:
        return lambda number: solver(_some(inputs, number, count), effort.equation, effort.points)

    return {f"{effort.label}|{count}": call(count) for count in sorted({1, most})}


def _surrogate_calls(name: str, way: Any, inputs: Tensor, batch: int) -> dict[str, Call]:
    fields = inputs.float()

    def call(count: int) -> Call:
        return lambda number: way(_some(fields, number, count))

    return {f"{name}|{count}": call(count) for count in sorted({1, batch})}


def _some(inputs: Tensor, number: int, count: int) -> Tensor:
    return inputs[(torch.arange(count) + number) % len(inputs)]


def _csv(cost: Cost) -> str:
    rows = [
        [kind, row.label, *(f"{value:.6g}" for value in (row.error, row.one, row.many)), row.at_once]
        for kind, several in (("solver", cost.solver), ("surrogate", cost.surrogate))
        for row in several
    ]
    return table_text(
        ["kind", "setting", "relative_l2", "seconds_one_at_a_time", "seconds_many_at_once", "at_once"], rows
    )
