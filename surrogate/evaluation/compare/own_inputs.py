"""Predictors held against the solver on inputs of a user's own: how far from it, on which of them, at what cost.

Shapes: n samples, p pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from surrogate import cores
from surrogate.datasets import layout
from surrogate.datasets.dataset import Dataset
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.datasets.given_inputs import points_of
from surrogate.datasets.plan import read_plan
from surrogate.datasets.samples import config_of
from surrogate.datasets.supplied import supplied
from surrogate.environment import choose_device
from surrogate.errors import InputError
from surrogate.evaluation.baselines.solver_baseline import solver_of
from surrogate.evaluation.compare.comparison import measured, samples_of_all
from surrogate.evaluation.compare.comparison_result import Comparison
from surrogate.evaluation.compare.comparison_settings import CompareConfig
from surrogate.evaluation.documents import Presentable, finite
from surrogate.evaluation.predictions import question
from surrogate.evaluation.report.sections import Section
from surrogate.evaluation.subject import opened
from surrogate.evaluation.timing.interleaved import Budget, Call, interleaved
from surrogate.kinds import SOLVER
from surrogate.predictors.predictor import FieldMap, Samples, refusal

# Where the solved inputs lie in the folder of the comparison.
SOLVED = "solved"
_ROUNDS, _SECONDS = 5, 4.0


@dataclass(frozen=True)
class SampleCost:
    """Median seconds of a sample in one process, in ``batch`` at once, and one at a time."""

    seconds: float
    alone: float
    batch: int


@dataclass(frozen=True)
class OwnInputs(Presentable):
    """Predictors against the solver, on inputs that a user gave.

    Attributes:
        comparison: with the solutions of the solver as the truth, and the worst pair in its pictures.
        file: that the inputs came from.
        rows: of each sample: its row in the file, which those that were not solved are missing from.
        unlike: name -> in what each sample is unlike the training inputs, ``(n,)``; empty: in nothing that is known.
        costs: name -> what a sample costs, of the solver too.
        threads: of the process that was timed.
    """

    comparison: Comparison
    file: Path
    rows: tuple[int, ...]
    unlike: Mapping[str, tuple[str, ...]]
    costs: Mapping[str, SampleCost]
    threads: int

    @property
    def data(self) -> Dataset:
        """The solved inputs, with their certificate."""
        return self.comparison.data

    def worst(self, name: str) -> tuple[int, float]:
        """Return the row, and the relative L2 error, of the sample on which a predictor is furthest from the solver."""
        errors = next(one.per_sample["relative_l2"] for one in self.comparison.contenders if one.name == name)
        sample = int(np.argmax(np.nan_to_num(errors, nan=np.inf)))
        return self.rows[sample], float(errors[sample])

    def to_dict(self) -> dict[str, Any]:
        """Return what compare.json holds: that of the comparison, and what is said of single inputs and of cost."""
        tree = self.comparison.to_dict()
        own = {
            "input": str(self.file),
            "rows": list(self.rows),
            "certificate": self.data.certificate.line(),
            "label_floor": self.data.certificate.label_floor,
            "threads": self.threads,
            "costs": {name: vars(cost) for name, cost in self.costs.items()},
            "worst": {name: dict(zip(("row", "relative_l2"), self.worst(name), strict=True)) for name in self.unlike},
            "unlike": {name: list(reasons) for name, reasons in self.unlike.items()},
        }
        return tree | {key: finite(value) for key, value in own.items()}

    def to_frame(self) -> Any:
        """Return a ``pandas.DataFrame`` with a row for each input and predictor.

        Raises:
            SettingsError: pandas is not installed.
        """
        from surrogate.evaluation.documents import frame

        return frame(
            [
                {"row": row, "predictor": one.name, "relative_l2": error, "unlike": reason}
                for one in self.comparison.contenders
                for row, error, reason in zip(
                    self.rows, one.per_sample["relative_l2"], self.unlike[one.name], strict=True
                )
            ]
        )

    def section(self) -> Section:
        """Return it told, as far as errors and cost go; the page has the rest."""
        from surrogate.evaluation.report.own_inputs_page import section

        return section(self)


def solving(config: CompareConfig, folder: Path) -> GenerateConfig:
    """Return what solves the inputs into ``folder``: the recipe that the first of the predictors learned from.

    Raises:
        InputError: a predictor cannot be asked about other inputs, nor on their grid, or its data have no recipe; the
            file is not one of inputs of its equation.
    """
    assert config.input is not None
    device = choose_device(config.device)
    predictors, data = opened(_without_solver(config, whatever_its_work=True), device)
    for one in predictors:
        if one.surrogate is None:
            raise InputError(f"{one.path}: predictions made elsewhere are no answers to {config.input.name}")
        solver_of(data, question(one, data.spec))
    recipe = config_of(read_plan(data.path), folder / SOLVED)
    grid = points_of(config.input, recipe.equation.name)
    inputs = supplied(recipe.model_copy(update={"grid": grid, "inputs": None}), config.input, all_in_test=True)
    spec = recipe.equation.specification(grid, recipe.task)
    for one in predictors:
        if reason := refusal(one, question(one, spec)):
            raise InputError(f"{config.input}: {reason}")
    return inputs


@cores.restored_afterwards()
def held_against_solver(config: CompareConfig, solved: Path) -> OwnInputs:
    """Return how far from the solver the predictors are on the inputs that it solved into ``solved``.

    Raises:
        InputError: the predictors do not answer the same question.
        SettingsError: no such device, or less work for the solver than it can do.
    """
    assert config.input is not None
    device = choose_device(config.device)
    there = _without_solver(config).model_copy(update={"data": solved, "split": "test"})
    predictors, data = opened(there, device)
    both = samples_of_all(there, predictors, data)
    comparison = measured(there, predictors, both, data, device, shown=lambda errors: int(np.argmax(errors)))
    samples = both[0]
    # That nobody learned from what has just been solved goes without saying.
    notes = tuple(note for note in comparison.notes if not note.endswith("did not learn from these data."))
    maps = {one.name: one.predictor.surrogate for one in comparison.contenders if one.predictor.surrogate is not None}
    solver = solver_of(data, samples.problem)
    timed = {**dict.fromkeys(maps, config.batch_size), SOLVER: solver.equation.block}
    costs = _costs(maps | {SOLVER: solver.surrogate}, timed, samples, device)
    lost = layout.left_out(data.path)["test"]
    rows = tuple(row for row in range(len(samples) + len(lost)) if row not in lost)
    if lost:
        notes = (f"Not solved, and left out: row {', '.join(map(str, sorted(lost)))}.", *notes)
    unlike = {name: _unlike(one, samples, config.batch_size) for name, one in maps.items()}
    return OwnInputs(replace(comparison, notes=notes), config.input, rows, unlike, costs, torch.get_num_threads())


def _without_solver(config: CompareConfig, whatever_its_work: bool = False) -> CompareConfig:
    """Return the settings without the solver as the recipe has it: that is the truth itself.

    Raises:
        InputError: no run is named.
    """
    kept = config.solver.changes and not whatever_its_work
    runs = tuple(path for path in config.runs if path != Path(SOLVER) or kept)
    if not any(path != Path(SOLVER) for path in runs):
        raise InputError("nothing to hold against the solver; expected a run: surrogate compare runs/a input=a.npy")
    return config.model_copy(update={"runs": runs})


def _costs(
    maps: Mapping[str, FieldMap], batches: Mapping[str, int], samples: Samples, device: torch.device
) -> dict[str, SampleCost]:
    """Return what a pair costs each of the maps, all in turn: in batches of its own size, and alone."""

    def call(one: FieldMap, count: int) -> Call:
        fields = torch.from_numpy(samples.inputs[:count]).to(one.device)
        return lambda number: one(fields)

    budget, sizes = Budget(_ROUNDS, _SECONDS), {n: min(size, len(samples.inputs)) for n, size in batches.items()}
    with torch.inference_mode():
        together = interleaved({name: call(one, sizes[name]) for name, one in maps.items()}, budget, device)
        alone = interleaved({name: call(one, 1) for name, one in maps.items()}, budget, device)
    return {name: SampleCost(together[name] / sizes[name], alone[name], sizes[name]) for name in maps}


def _unlike(one: FieldMap, samples: Samples, batch_size: int) -> tuple[str, ...]:
    """Return in what the first pair of each sample is unlike the training inputs."""
    first = samples.inputs[:: len(samples.inputs) // len(samples)]
    reasons: list[str] = []
    for start in range(0, len(first), batch_size):
        reasons += one.unlike(torch.from_numpy(np.ascontiguousarray(first[start : start + batch_size])).to(one.device))
    return tuple(reasons)
