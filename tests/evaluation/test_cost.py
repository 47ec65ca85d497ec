"""What the cost suite says: the solver answers the surrogate's question, and nobody is flattered."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from surrogate.config.schema import GenerateConfig
from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.generation import generate
from surrogate.errors import InputError
from surrogate.evaluation.break_even import break_even, cheapest, front, hopeful
from surrogate.evaluation.coarser import coarsened, refined, solver_of
from surrogate.evaluation.effort import efforts
from surrogate.evaluation.evaluate import evaluate
from surrogate.evaluation.sections import add, found
from surrogate.evaluation.timing import Budget, interleaved
from surrogate.fields import Grid
from surrogate.norms import relative_l2

RECIPES = Path(__file__).parents[2] / "data_recipes"
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


def asked(data: Dataset) -> tuple:
    """Return the solver, inputs in float64 and labels of the test samples: of a map, or of the first step."""
    constants, states = (torch.from_numpy(field).double() for field in data.read("test"))
    steps = len(data.spec.times) > 1
    inputs = torch.cat([constants, states[:, 0]], dim=1) if steps else constants
    return solver_of(data, data.spec.problem()), inputs, states[:, 1 if steps else 0]


@pytest.mark.parametrize("kind", ["darcy", "flow"])
def test_with_the_recipe_s_own_effort_the_solver_returns_the_labels(kind, request):
    data = request.getfixturevalue(kind)
    solver, inputs, labels = asked(data)
    own = efforts(solver)[-1]
    found = solver(inputs, own.settings, own.points)
    assert float(relative_l2(found, labels, data.spec.grid, data.spec.boundary).max()) < 1e-6


def test_a_finer_effort_errs_less(darcy):
    solver, inputs, _ = asked(darcy)
    truth = solver(inputs, darcy_settings(solver, 8))
    grids = {effort.cells: effort for effort in efforts(solver)}  # the last of each is that of the tightest tolerance
    spec = darcy.spec
    errors = [
        float(relative_l2(solver(inputs, effort.settings, effort.points), truth, spec.grid, spec.boundary).mean())
        for _, effort in sorted(grids.items())
    ]
    assert len(errors) > 2
    assert errors == sorted(errors, reverse=True)


def darcy_settings(solver, refine):
    return solver.settings.model_copy(update={"refine": refine, "resolution": 1})


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


def test_nothing_beats_the_front_and_the_front_beats_everything():
    random = np.random.default_rng(0)
    rows = [{"error": float(error), "s": float(seconds)} for error, seconds in random.random((50, 2))]
    best = front(rows, "s")
    assert not [row for row in rows for kept in best if row["s"] < kept["s"] and row["error"] < 0.98 * kept["error"]]
    assert all(any(kept["s"] <= row["s"] and 0.98 * kept["error"] <= row["error"] for kept in best) for row in rows)


def test_what_is_worth_timing_holds_the_front_of_the_first_calls():
    random = np.random.default_rng(1)
    rows = [{"error": float(error), "first": float(seconds)} for error, seconds in random.random((50, 2))]
    kept = hopeful(rows)
    assert len(kept) < len(rows)
    assert kept[-1] is rows[-1]
    assert all(row in kept for row in front(rows, "first"))


def test_the_rival_is_the_quickest_of_those_as_accurate():
    rows = [{"error": 0.1, "s": 1.0}, {"error": 0.01, "s": 5.0}, {"error": 0.01, "s": 4.0}, {"error": 0.001, "s": 9.0}]
    assert cheapest(rows, 0.02, "s") is rows[2]
    assert cheapest(rows, 0.0001, "s") is None


@pytest.mark.parametrize(("solver", "queries"), [(4.0, 100), (0.5, None)])
def test_preparation_is_paid_back_by_what_a_query_saves(solver, queries):
    document = {
        "surrogate": [{"error": 0.02, "s": 1.0}],
        "solver": [{"error": 0.01, "s": solver}, {"error": 0.5, "s": 1e-6}],
        "preparation": {"generation": 100.0, "training": 200.0},
    }
    assert break_even(document, "s") == queries


def test_rounds_are_interleaved():
    order: list[str] = []
    calls = {name: lambda number, name=name: order.append(f"{name}{number}") for name in "ab"}
    interleaved(calls, Budget(3, 10.0), CPU)
    assert order[2:] == ["a0", "b0", "a1", "b1", "a2", "b2"]


def test_the_report_keeps_what_the_suite_found(darcy, make_run, settings):
    suite = {"name": "cost", "samples": 2, "reference": 2, "batch": 2, "repeats": 1, "seconds": 0.1, "compile": False}
    config = settings(make_run(darcy), suite=suite)
    evaluation = evaluate(config)
    section = add(config, evaluation)
    assert section is not None
    assert found(evaluation) == [section]
    lines = (evaluation.folder / "cost.csv").read_text(encoding="utf-8").splitlines()
    assert {line.split(",")[0] for line in lines[1:]} == {"solver", "surrogate"}
