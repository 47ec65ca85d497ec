"""Predictions and solutions of given inputs: the errors are those of an evaluation, rows are those of the file."""

import json

import numpy as np
import pytest

import surrogate as sg
from surrogate.errors import InputError, SettingsError

pytestmark = pytest.mark.slow

NONE = {"certificate": {"samples": 0}, "pilot": False}
SMALL = {"model": {"name": "fno", "hidden_channels": 4, "n_layers": 1, "n_modes": [2, 2]}, "epochs": 1}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    out = tmp_path_factory.mktemp("recipes") / "d"
    return sg.generate("darcy_rough", grid=8, train=4, valid=2, test=7, out=out, **NONE)


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    return sg.train(data, out=tmp_path_factory.mktemp("runs") / "fno", allow_uncertified=True, **SMALL)


@pytest.fixture(scope="module")
def inputs(data):
    fields = data.arrays("test")["permeability"].copy()
    fields[3] *= 4
    return fields


@pytest.fixture(scope="module")
def against(run, inputs, tmp_path_factory):
    return sg.compare(run, "solver", input=inputs, out=tmp_path_factory.mktemp("compare") / "own")


def test_errors_are_those_of_an_evaluation_of_the_solved_inputs(run, against, data, tmp_path):
    evaluated = sg.evaluate(run, data=against.solved, out=tmp_path / "eval", solver_seconds=0)
    assert against.metrics["fno"].mean == pytest.approx(evaluated.metrics["relative_l2"].mean, rel=1e-6)
    solved, drawn = against.solved.arrays("test")["pressure"], data.arrays("test")["pressure"]
    kept = [row for row in range(7) if row != 3]
    assert np.array_equal(solved[kept], drawn[kept])


def test_the_input_that_is_unlike_the_training_is_named_by_its_row(against):
    unlike = against.own.unlike["fno"]
    assert "largest value" in unlike[3]
    assert not any(unlike[row] for row in (0, 1, 2, 4, 5, 6) if "largest value" in unlike[row])
    row, error = against.own.worst("fno")
    assert error == max(against.own.comparison.contenders[0].per_sample["relative_l2"])
    assert against.own.comparison.sample == row


def test_the_page_and_the_figures_hold_errors_and_the_cost_of_both(against):
    page, figures = against.report().read_text(), json.loads(against.figures.read_text())
    assert "fno against the solver, on 7 inputs of array.npy" in page
    assert "have not passed their certificate" in against.headline  # as none was asked for
    assert set(figures["costs"]) == {"fno", "solver"}
    assert figures["rows"] == list(range(7))
    assert "not certified" not in against.headline


def test_predictions_made_elsewhere_and_the_solver_alone_are_refused(data, inputs, tmp_path):
    np.save(tmp_path / "u.npy", data.arrays("test")["pressure"])
    with pytest.raises(InputError, match=r"predictions made elsewhere are no answers to array.npy"):
        sg.compare(tmp_path / "u.npy", input=inputs, data=data, out=tmp_path / "out")
    with pytest.raises(InputError, match="expected a run: surrogate compare runs/a input"):
        sg.compare("solver", input=inputs, data=data, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_inputs_that_are_none_of_the_equation_leave_nothing_behind(run, inputs, tmp_path):
    with pytest.raises(InputError, match="sample 0, permeability is -"):
        sg.compare(run, input=-inputs, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_one_run_needs_an_input(run):
    with pytest.raises(sg.SurrogateError, match="expected two or more"):
        sg.compare(run)


def test_the_same_call_again_solves_nothing_again_and_other_inputs_are_refused(run, inputs, tmp_path):
    first = sg.compare(run, input=inputs, out=tmp_path / "own")
    times = first.solved.path / "timing.jsonl"
    before = times.read_bytes()
    again = sg.compare(run, input=inputs, out=tmp_path / "own")
    assert times.read_bytes() == before
    assert again.metrics == first.metrics
    with pytest.raises(SettingsError, match="out"):
        sg.compare(run, input=2 * inputs, out=tmp_path / "own")


def test_a_solver_with_less_work_is_held_against_the_full_one_on_another_grid(run, tmp_path):
    finer = sg.equation("darcy_rough", grid=16).draw(3)
    both = sg.compare(run, "solver", input=finer, solver={"coarser": 2}, out=tmp_path / "own")
    assert set(both.metrics) == {"fno", "solver"}
    assert 0 < both.metrics["solver"].mean < both.metrics["fno"].mean
