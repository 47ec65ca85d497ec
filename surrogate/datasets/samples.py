"""From a recipe to the samples of a part: what one worker computes, and a pilot that says what all will cost."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from surrogate.datasets import layout
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.datasets.given_inputs import draw_of
from surrogate.datasets.ladder import rungs
from surrogate.datasets.layout import Piece
from surrogate.datasets.plan import About, Plan
from surrogate.datasets.quarantine import Failure
from surrogate.datasets.store import Header, Part, Solutions
from surrogate.environment import choose_device
from surrogate.equations import Equation
from surrogate.errors import SolverError
from surrogate.spaces import Split

# What decides how the data are called, how many there are, where and how fast they are made, but no sample.
_NOT_A_SAMPLE = {"title", "source", "notes", "out", "workers", "count", "part_size", "certificate"}
_NOT_A_SAMPLE |= {"device", "block", "cluster", "pilot"}
# A GPU is idle with the few samples that keep a processor busy.
_ON_A_GPU = 16
# A pilot that took longer needs no second one to be believed.
_COLD = 5.0


@dataclass(frozen=True)
class PlanSummary:
    """What a data set will cost: its samples, the bytes of their fields, the seconds its workers will need.

    ``workers`` are those that have a part to make; ``seconds`` are from a pilot block, not counting their start.
    """

    samples: int
    bytes: int
    seconds: float
    workers: int


@dataclass(frozen=True)
class Bench:
    """Where samples are solved, and how many together; None: as many as suit the equation."""

    device: str = "cpu"
    block: int | None = None

    def together(self, usual: int) -> int:
        """Return how many samples are solved together, of an equation that asks for ``usual`` on a processor."""
        return self.block or (usual if self.device == "cpu" else _ON_A_GPU * usual)


def plan_of(config: GenerateConfig) -> Plan:
    """Return the plan of a recipe."""
    # Where the inputs are drawn, a plan does not speak of them.
    unsaid = _NOT_A_SAMPLE | ({"inputs"} if config.inputs is None else set())
    settings, count = config.model_dump(mode="json", exclude=unsaid), config.count.of_splits
    about = About(title=config.title, source=config.source, notes=config.notes)
    plan = Plan.of("generate", about, settings, count, config.part_size, config.certificate.model_dump(mode="json"))
    # Another kind of device changes the last bits, so a data set is not continued on it.
    return plan.model_copy(update={"software": plan.software | {"device": config.device.partition(":")[0]}})


def config_of(plan: Plan, folder: Path) -> GenerateConfig:
    """Return the recipe that ``plan`` was made from."""
    sizes = {"count": plan.count, "part_size": plan.part_size, "workers": 1, "out": str(folder)}
    sizes |= {"certificate": plan.certificate, "device": "cpu", "block": None, "cluster": {"kind": "none"}}
    config = GenerateConfig.model_validate_json(json.dumps(plan.settings | plan.about.model_dump() | sizes))
    if config.inputs is None:
        return config
    staged = config.inputs.model_copy(update={"path": folder / layout.INPUTS})
    return config.model_copy(update={"inputs": staged})


def placed(config: GenerateConfig) -> GenerateConfig:
    """Return the recipe with its device decided. What a cluster's machines have is not known here.

    Raises:
        SettingsError: this machine, where the samples are to be solved, has no such device.
    """
    if config.cluster.kind == "slurm" and config.device != "auto":
        return config
    return config.model_copy(update={"device": str(choose_device(config.device))})


def header_of(config: GenerateConfig) -> Header:
    """Return what every part of the data set says of itself, for the train split.

    Raises:
        SettingsError: the equation refuses the grid or the task.
    """
    spec = config.equation.specification(config.grid, config.task)
    recipe = plan_of(config).settings
    return Header(name=config.name, spec=spec, split="train", seed=config.seed, recipe=recipe)


def solve_part(
    config: GenerateConfig, header: Header, piece: Piece, bench: Bench, refuse: Callable[[Failure], None]
) -> Part | None:
    """Return the samples of ``piece``, solved in fixed blocks, so that they do not depend on who solves what when.

    Args:
        config: the recipe.
        header: what every part says of itself.
        piece: which samples.
        bench: where they are solved.
        refuse: told of each sample that no rung of the ladder solved; it is left out.

    Returns:
        None where no sample could be solved.
    """
    indices, solved = list(piece.indices), []
    size = bench.together(config.equation.block)
    for at in range(0, len(indices), size):
        solved += _solve_block(config, header, piece.split, indices[at : at + size], bench.device, refuse)
    if not solved:
        return None
    together = Solutions(
        **{
            each.name: np.concatenate([getattr(solutions, each.name) for _, solutions in solved])
            for each in dataclasses.fields(Solutions)
        }
    )
    own = header.model_copy(update={"split": piece.split})
    return Part.of(own, np.asarray([index for kept, _ in solved for index in kept], np.int64), together)


def plan_summary(config: GenerateConfig) -> PlanSummary:
    """Return what the recipe will cost, from solving one block twice and timing the second time, on one thread.

    Raises:
        SettingsError: the equation refuses the grid or the task.
        SolverError: a sample of the pilot could not be solved.
    """
    config = placed(config)
    header, plan = header_of(config), plan_of(config)
    spec = header.spec
    samples = sum(plan.count.values())
    bench = Bench(config.device, config.block)
    split = next(split for split, count in plan.count.items() if count)
    block = min(bench.together(config.equation.block), config.part_size, plan.count[split])
    each = _pilot(config, header, Piece(split, 0, 0, block), bench.device) / block
    workers = min(config.workers * config.cluster.jobs, len(list(plan.pieces())))
    numbers = (len(spec.constants) + len(spec.times) * len(spec.states)) * math.prod(spec.domain.points)
    return PlanSummary(samples, samples * numbers * np.dtype(np.float32).itemsize, each * samples / workers, workers)


def _pilot(config: GenerateConfig, header: Header, piece: Piece, device: str) -> float:
    """Return the seconds of a block, as a worker will need that has made one before."""

    def refuse(failure: Failure) -> None:
        raise SolverError(f"{failure.split} sample {failure.index}: {failure.reason}")

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for _ in range(2):
            started = time.perf_counter()
            _solve_block(config, header, piece.split, list(piece.indices), device, refuse)
            seconds = time.perf_counter() - started
            if seconds > _COLD:
                break
    finally:
        torch.set_num_threads(threads)
    return seconds


def _solve_block(
    config: GenerateConfig,
    header: Header,
    split: Split,
    indices: list[int],
    device: str,
    refuse: Callable[[Failure], None],
) -> list[tuple[list[int], Solutions]]:
    """Return the samples of a split, solved from inputs that are rounded as they are stored.

    So the file holds what was solved, and no more.
    """
    equation = config.equation.bound(header.spec)
    draw = draw_of(equation, config.seed, config.inputs, config.count.of_splits)

    def inputs_of(rows: list[int]) -> NDArray[np.float64]:
        return draw(split, rows).astype(np.float32).astype(np.float64)

    def lose(index: int, ladder: dict[int, Equation], reason: str) -> None:
        tried = tuple(finer.model_dump(mode="json") for finer in ladder.values())
        refuse(Failure(split=split, index=index, tried=tried, reason=reason))

    return solve_together(equation, inputs_of, indices, device, lose)


def solve_together(
    equation: Equation,
    inputs_of: Callable[[list[int]], NDArray[np.float64]],
    indices: list[int],
    device: str,
    lose: Callable[[int, dict[int, Equation], str], None],
) -> list[tuple[list[int], Solutions]]:
    """Return samples solved together; where one fails, each by itself, and those that fail at ever finer settings.

    A sample's numbers are the same in both ways, as they do not depend on the others of its block.

    Args:
        equation: bound to their grid.
        inputs_of: gives the inputs of some of them.
        indices: their numbers.
        device: where they are solved.
        lose: told of each that no rung of the ladder solves: its number, what was tried, and why not.
    """
    try:
        return [(indices, _solve(equation, inputs_of(indices), device))]
    except SolverError:
        pass
    solved = []
    ladder = rungs(equation)
    for index in indices:
        reason = ""
        for effort, finer in ladder.items():
            try:
                samples = _solve(finer, inputs_of([index]), device)
            except SolverError as error:
                reason = str(error)
                continue
            solved.append(([index], replace(samples, effort=np.full(1, effort, np.int64))))
            break
        else:
            lose(index, ladder, reason)
    return solved


def _solve(equation: Equation, inputs: NDArray[np.float64], device: str) -> Solutions:
    """Return the solutions for inputs.

    Raises:
        SolverError: a sample missed its tolerance, or is not finite in float32.
    """
    solved = equation.solve(torch.from_numpy(inputs).to(device))
    states = solved.states.cpu().numpy()
    with np.errstate(over="ignore"):
        finite = all(np.isfinite(values.astype(np.float32)).all() for values in (inputs, states))
    if not finite:
        raise SolverError("the inputs or the solution are not finite in float32")
    return Solutions(
        inputs=inputs,
        states=states,
        residual=solved.residual.cpu().numpy(),
        iterations=solved.iterations.cpu().numpy(),
        effort=np.ones(len(inputs), np.int64),
    )
