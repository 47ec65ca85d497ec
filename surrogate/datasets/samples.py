"""From a recipe to the samples of a part: what one worker computes, and a pilot that says what all will cost."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from surrogate.config.schema import GenerateConfig
from surrogate.datasets.layout import Piece
from surrogate.datasets.plan import About, Plan
from surrogate.datasets.store import Header, Part
from surrogate.errors import SolverError
from surrogate.fields import Solutions, Split
from surrogate.registry import EQUATIONS

# What decides how the data are called, how many there are, where and how fast they are made, but no sample.
_NOT_A_SAMPLE = {"title", "source", "notes", "out", "workers", "count", "part_size", "certificate"}


@dataclass(frozen=True)
class PlanSummary:
    """What a data set will cost: its samples, the bytes of their fields, the seconds its workers will need."""

    samples: int
    bytes: int
    seconds: float


def plan_of(config: GenerateConfig) -> Plan:
    """Return the plan of a recipe."""
    settings = config.model_dump(mode="json", exclude=_NOT_A_SAMPLE)
    about = About(title=config.title, source=config.source, notes=config.notes)
    count: dict[Split, int] = {"train": config.count.train, "valid": config.count.valid, "test": config.count.test}
    return Plan.of("generate", about, settings, count, config.part_size, config.certificate.model_dump(mode="json"))


def config_of(plan: Plan, folder: Path) -> GenerateConfig:
    """Return the recipe that ``plan`` was made from."""
    sizes = {"count": plan.count, "part_size": plan.part_size, "workers": 1, "out": str(folder)}
    sizes["certificate"] = plan.certificate
    return GenerateConfig.model_validate_json(json.dumps(plan.settings | plan.about.model_dump() | sizes))


def header_of(config: GenerateConfig) -> Header:
    """Return what every part of the data set says of itself, for the train split.

    Raises:
        SettingsError: the equation refuses the grid or the task.
    """
    spec = EQUATIONS.module(config.equation.name).specification(config.equation, config.grid, config.task)
    recipe = plan_of(config).settings
    return Header(name=config.name, spec=spec, split="train", seed=config.seed, recipe=recipe)


def solve_part(config: GenerateConfig, header: Header, piece: Piece) -> Part:
    """Return the samples of ``piece``, solved in fixed blocks, so that they do not depend on who solves what when.

    Raises:
        SolverError: a sample missed its tolerance, or is not finite.
    """
    block = EQUATIONS.module(config.equation.name).BLOCK
    indices = list(piece.indices)
    solved = [_solve(config, header, piece.split, indices[at : at + block]) for at in range(0, len(indices), block)]
    together = Solutions(
        **{
            each.name: np.concatenate([getattr(solutions, each.name) for solutions in solved])
            for each in dataclasses.fields(Solutions)
        }
    )
    own = header.model_copy(update={"split": piece.split})
    part = Part.of(own, np.asarray(indices, np.int64), together)
    bad = part.first_bad_sample()
    if bad is not None:
        raise SolverError(f"{config.equation.name}: sample {bad} of {piece.split} is not finite in float32")
    return part


def plan_summary(config: GenerateConfig) -> PlanSummary:
    """Return what the recipe will cost, from solving one sample: an upper estimate, as samples in a block share work.

    Raises:
        SettingsError: the equation refuses the grid or the task.
        SolverError: the pilot missed its tolerance.
    """
    header = header_of(config)
    spec = header.spec
    samples = sum(config.count.model_dump().values())
    started = time.perf_counter()
    _solve(config, header, "train", [0])
    seconds = (time.perf_counter() - started) * samples / config.workers
    numbers = (len(spec.constants) + len(spec.times) * len(spec.states)) * math.prod(spec.grid.points)
    return PlanSummary(samples, samples * numbers * np.dtype(np.float32).itemsize, seconds)


def _solve(config: GenerateConfig, header: Header, split: Split, indices: list[int]) -> Solutions:
    """Solve from inputs that are rounded as they are stored, so that the file holds what was solved, and no more."""
    module = EQUATIONS.module(config.equation.name)
    drawn = module.draw(config.equation, header.spec, config.seed, split, indices)
    inputs = drawn.astype(np.float32).astype(np.float64)
    solved = module.solve(config.equation, header.spec, torch.from_numpy(inputs))
    return Solutions(
        inputs=inputs,
        states=solved.states.numpy(),
        residual=solved.residual.numpy(),
        iterations=solved.iterations.numpy(),
        effort=np.ones(len(indices), np.int64),
    )
