"""What the cost suite says: the solver answers the surrogate's question, and nobody is flattered."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.generation import generate
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.errors import InputError
from surrogate.evaluation.baselines.solver_baseline import solver_of
from surrogate.evaluation.evaluate import evaluate
from surrogate.evaluation.predictions import errors_of, read_samples
from surrogate.evaluation.report.cost_section import sentence
from surrogate.evaluation.suite_files import ask, kept
from surrogate.evaluation.timing.break_even import TriedEffort, break_even, hopeful, verdict
from surrogate.evaluation.timing.cost_result import (
    MANY,
    ONE,
    Both,
    BreakEven,
    Cost,
    Preparation,
    TimedAnswer,
    TimedSolve,
    Turns,
    cheapest,
    front,
)
from surrogate.evaluation.timing.interleaved import Budget, duel, interleaved, judged
from surrogate.evaluation.timing.solver_effort import Effort, efforts
from surrogate.norms import relative_l2
from surrogate.predictors.classical_solver import coarsened, refined
from surrogate.predictors.predictor import refusal
from surrogate.spaces import Grid

RECIPES = Path(__file__).parents[3] / "data_recipes"
CPU = torch.device("cpu")


def generated(out: Path, name: str, equation: dict) -> Dataset:
    settings = yaml.safe_load((RECIPES / f"{name}.yaml").read_text(encoding="utf-8"))
    settings["equation"] |= equation
    settings["certificate"]["samples"] = 0
    settings |= {"grid": 16, "count": {"train": 2, "valid": 1, "test": 2}, "part_size": 2, "seed": 7, "workers": 1}
    settings |= {"device": "cpu", "block": None, "cluster": {"kind": "none"}, "match": None, "out": str(out)}
    for _ in generate(GenerateConfig.model_validate_json(json.dumps(settings)), lambda: False):
        pass
    return open_dataset(out)


@pytest.fixture(scope="module")
def darcy(tmp_path_factory) -> Dataset:
    return generated(tmp_path_factory.mktemp("cost") / "darcy", "darcy_rough", {"refine": 2, "resolution": 32})


@pytest.fixture(scope="module")
def flow(tmp_path_factory) -> Dataset:
    equation = {"viscosity": 0.02, "horizon": 2.0, "frames": 3, "steps": 16, "resolution": 32, "tolerance": 1e-3}
    return generated(tmp_path_factory.mktemp("cost") / "flow", "navier_stokes", equation)


def questions(data: Dataset) -> tuple:
    """Return the solver, inputs in float64 and labels of the test samples: of a map, or of the first step."""
    constants, states = (torch.from_numpy(field).double() for field in data.read("test"))
    steps = len(data.spec.times) > 1
    inputs = torch.cat([constants, states[:, 0]], dim=1) if steps else constants
    return solver_of(data, data.spec.problem()), inputs, states[:, 1 if steps else 0]


@pytest.mark.parametrize("kind", ["darcy", "flow"])
def test_with_the_recipe_s_own_effort_the_solver_returns_the_labels(kind, request):
    data = request.getfixturevalue(kind)
    solver, inputs, labels = questions(data)
    own = efforts(solver)[-1]
    result = solver(inputs, own.equation, own.points)
    assert float(relative_l2(result, labels, data.spec.space).max()) < 1e-6


@pytest.mark.parametrize("kind", ["darcy", "flow"])
def test_the_solver_is_a_predictor_that_answers_with_the_labels(kind, request):
    data = request.getfixturevalue(kind)
    samples = read_samples(data.spec.problem(), data, "test")
    solver = solver_of(data, samples.problem)
    assert refusal(solver, samples.problem) is None
    result = solver.answers(samples, 8)
    assert float(errors_of(samples, result.prediction, 8)["relative_l2"].max()) < 1e-5
    assert result.seconds > 0


def test_a_finer_effort_errs_less(darcy):
    solver, inputs, _ = questions(darcy)
    truth = solver(inputs, darcy_settings(solver, 8))
    grids = {effort.cells: effort for effort in efforts(solver)}  # the last of each is that of the tightest tolerance
    spec = darcy.spec
    errors = [
        float(relative_l2(solver(inputs, effort.equation, effort.points), truth, spec.space).mean())
        for _, effort in sorted(grids.items())
    ]
    assert len(errors) > 2
    assert errors == sorted(errors, reverse=True)


def darcy_settings(solver, refine):
    return solver.equation.model_copy(update={"refine": refine, "resolution": 1})


def test_a_periodic_field_with_few_waves_survives_a_coarser_grid():
    fine = Grid.box((16, 16), "left")
    x, y = np.meshgrid(*fine.coordinates(), indexing="ij")
    field = torch.from_numpy(np.sin(4 * np.pi * x) * np.cos(2 * np.pi * y) + 0.5)[None, None]
    coarse = coarsened(field, fine.resized((8, 8)), (True, True))
    assert torch.allclose(refined(coarse, fine, (True, True)), field, atol=1e-12)


def test_data_from_elsewhere_have_no_solver(dataset, specify):
    data = dataset(specify())
    with pytest.raises(InputError, match="elsewhere"):
        solver_of(data, data.spec.problem())


def solved(error, seconds, label=""):
    """Return a row of the solver that takes so many seconds for one answer."""
    return TimedSolve(label=label, error=error, one=seconds, many=seconds, at_once=1, grid=(16, 16), first=seconds)


def test_nothing_beats_the_front_and_the_front_beats_everything():
    random = np.random.default_rng(0)
    rows = tuple(solved(*figures) for figures in random.random((50, 2)).tolist())
    best = front(rows, ONE)
    assert not [row for row in rows for kept in best if row.one < kept.one and row.error < 0.98 * kept.error]
    assert all(any(kept.one <= row.one and 0.98 * kept.error <= row.error for kept in best) for row in rows)


def test_what_is_worth_timing_holds_the_front_of_the_first_calls():
    random = np.random.default_rng(1)
    rows = [TriedEffort(Effort(str(at), None), *pair) for at, pair in enumerate(random.random((50, 2)).tolist())]
    kept = hopeful(rows)
    assert len(kept) < len(rows)
    assert kept[-1] is rows[-1]
    best = front(tuple(solved(row.error, row.first, row.effort.label) for row in rows), ONE)
    assert {row.label for row in best} <= {row.effort.label for row in kept}


def test_the_rival_is_the_quickest_of_those_as_accurate():
    rows = tuple(solved(*figures) for figures in ((0.1, 1.0), (0.01, 5.0), (0.01, 4.0), (0.001, 9.0)))
    assert cheapest(rows, 0.02, ONE) is rows[2]
    assert cheapest(rows, 0.0001, ONE) is None


def noisy(seconds, seed, spread=0.3, count=25):
    """Return timings of a machine that others use: both of a block are slowed by one factor, and each by its own."""
    random = np.random.default_rng(seed)
    load = np.exp(spread * np.abs(random.standard_cauchy(count)).clip(0, 5))
    return [list(one * load * np.exp(0.03 * random.standard_normal(count))) for one in seconds]


@pytest.mark.parametrize(("solver", "expected"), [(4.0, "pays back"), (0.5, "saves nothing"), (1.0, "undecided")])
def test_the_verdict_does_not_flip_with_the_noise_of_the_machine(solver, expected):
    verdicts = [verdict(judged(*noisy((1.0, solver), seed))) for seed in range(100)]
    # Bounds of 99 %: of a hundred equals about one is decided.
    assert verdicts.count(expected) >= 95
    assert expected == "undecided" or set(verdicts) == {expected}


def test_preparation_is_paid_back_by_what_a_query_saves():
    held = judged([1.0] * 9, [4.0] * 9)
    assert break_even(300.0, held) == BreakEven(queries=100, low=100, high=100)


def test_the_bounds_of_the_break_even_are_those_of_the_seconds_saved():
    held = judged([1.0] * 9, [1.5 + 0.25 * k for k in range(9)])
    assert break_even(300.0, held) == BreakEven(queries=200, low=120, high=600)


def test_where_a_query_may_save_nothing_it_may_never_be_paid_back():
    held = judged([1.0] * 9, [0.8 + 0.1 * k for k in range(9)])
    assert verdict(held) == "undecided"
    assert break_even(300.0, held) == BreakEven(queries=1500, low=500, high=None)


@pytest.mark.parametrize("blocks", [1, 7])
def test_too_few_blocks_decide_nothing(blocks):
    assert verdict(judged([1.0] * blocks, [100.0] * blocks)) == "undecided"


def test_calls_take_turns_and_change_who_goes_first():
    order: list[str] = []
    calls = (lambda number: order.append("a"), lambda number: order.append("b"))
    held = duel(calls, (1, 1), 9, 1e-9, CPU)
    assert "".join(order) == "ab" + "abba" * 4 + "ab"
    assert held.blocks == 9


def test_rounds_are_interleaved():
    order: list[str] = []
    calls = {name: lambda number, name=name: order.append(f"{name}{number}") for name in "ab"}
    interleaved(calls, Budget(3, 10.0), CPU)
    assert order[2:] == ["a0", "b0", "a1", "b1", "a2", "b2"]


def test_the_report_keeps_what_the_suite_found(darcy, make_run, settings):
    suite = {
        "name": "cost",
        "samples": 2,
        "reference": 2,
        "batch": 2,
        "repeats": 1,
        "blocks": 9,
        "seconds": 0.1,
        "compile": False,
    }
    config = settings(make_run(darcy), suite=suite)
    evaluation = evaluate(config)
    result = ask(evaluation, config.suite)
    assert kept(evaluation) == [result]
    assert result.section().title == "Cost against the solver"
    lines = (evaluation.folder / "cost.csv").read_text(encoding="utf-8").splitlines()
    assert {line.split(",")[0] for line in lines[1:]} == {"solver", "surrogate"}


def cost(held, seconds=300.0, bounded=True):
    """Return what the suite finds of a surrogate that took turns with a solve."""
    turns = Turns(
        surrogate="eager",
        solver="16 x 16",
        blocks=held.blocks,
        seconds=Both(surrogate=held.first, solver=held.second),
        ratio=held.ratio,
        verdict=verdict(held),
        break_even=break_even(seconds, held),
    )
    return Cost(
        samples=1,
        reference=1,
        solver=(solved(0.01, 1.0, "16 x 16"),),
        failed=(),
        surrogate=(TimedAnswer(label="eager", error=0.01, one=1.0, many=1.0, at_once=1),),
        omitted={},
        preparation=Preparation(generation=None, training=seconds),
        threads=1,
        device="cpu",
        machine="",
        question="a solution",
        duels={ONE: turns, MANY: None} if bounded else {},
    )


def test_a_verdict_is_said_with_its_bounds():
    text = sentence(cost(judged([1.0] * 9, [1.5 + 0.25 * k for k in range(9)])), ONE)
    assert "takes 2.5 s (1.5 s to 3.5 s), 2.50 (1.50 to 3.50) times as long; " in text
    assert text.endswith("making the data and training are paid back after 200 queries (120 to 600).")


def test_what_spans_one_is_said_to_be_undecided():
    text = sentence(cost(judged([1.0] * 9, [0.8 + 0.1 * k for k in range(9)])), ONE)
    assert "which is quicker is undecided" in text
    assert "use the solver" not in text


def test_seconds_without_bounds_have_no_verdict():
    assert "which is quicker is not said" in sentence(cost(judged([1.0] * 9, [4.0] * 9), bounded=False), ONE)


def test_a_cost_is_read_as_it_was_written():
    result = cost(judged([1.0] * 7, [4.0] * 7))  # too few blocks for bounds, which are infinite and written as null
    read = Cost.model_validate_json(json.dumps(result.to_dict()))
    assert read.section() == result.section()
    assert read.to_dict() == result.to_dict()
