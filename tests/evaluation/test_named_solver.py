"""The solver of a recipe is a predictor by name: it makes the labels again, and is as wrong as its effort is small."""

import pytest

import surrogate as sg
from surrogate.errors import InputError, SettingsError

NONE = {"certificate": {"samples": 0}, "workers": 1}
SMALL = {"model": {"name": "fno", "hidden_channels": 4, "n_layers": 1, "n_modes": [2, 2]}, "epochs": 1}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    out = tmp_path_factory.mktemp("recipes") / "d"
    return sg.generate("darcy_rough", grid=8, train=4, valid=2, test=3, out=out, **NONE)


def test_it_makes_the_labels_again(data, tmp_path):
    evaluated = sg.evaluate("solver", data=data, out=tmp_path / "eval")
    assert evaluated.metrics["relative_l2"].mean < 1e-6
    assert "the solver of darcy" in evaluated.report().read_text()


def test_on_half_the_grid_it_is_the_baseline_without_learning(data, tmp_path):
    evaluated = sg.evaluate("solver", data=data, solver={"coarser": 2}, out=tmp_path / "eval")
    assert evaluated.metrics["relative_l2"].mean == evaluated.baselines["half_grid"]["relative_l2"].mean > 1e-3


def test_it_is_compared_with_a_run_and_has_learned_from_no_sample(data, tmp_path):
    run = sg.train(data, out=tmp_path / "run", allow_uncertified=True, **SMALL)
    comparison = sg.compare(run, "solver", solver={"coarser": 2}, out=tmp_path / "compare")
    assert [one.kind for one in (each.predictor for each in comparison.comparison.contenders)][1].startswith(
        "the solver"
    )
    assert not [note for note in comparison.comparison.notes if "learned from" in note]


@pytest.mark.slow
def test_of_an_evolution_it_makes_steps_of_its_own_number(tmp_path):
    moving = sg.generate("allen_cahn", grid=32, train=1, valid=1, test=2, out=tmp_path / "d", task="step", **NONE)
    errors = [
        sg.evaluate("solver", data=moving, solver={"steps": steps}, out=tmp_path / str(steps), solver_seconds=0)
        for steps in (1, 8)
    ]
    assert errors[0].metrics["rollout_relative_l2"].mean > errors[1].metrics["rollout_relative_l2"].mean > 0


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"solver": {"coarser": 8}}, "solver.coarser=8: 8 x 8 points have none so much coarser"),
        ({"solver": {"coarser": 3}}, "solver.coarser: expected 1, 2, 4"),
        ({"solver": {"steps": 3}}, "solver.steps: darcy makes no time steps"),
        ({"data": None}, "give data=FOLDER"),
    ],
)
def test_what_it_cannot_do_is_refused_in_words(data, settings, says, tmp_path):
    with pytest.raises(SettingsError, match=says):
        sg.evaluate("solver", **{"data": data, "out": tmp_path / "eval"} | settings)


def test_its_effort_is_no_setting_of_another_predictor(data, tmp_path):
    with pytest.raises(SettingsError, match="predictor=solver solves, which is not evaluated here"):
        sg.evaluate(tmp_path / "u.npy", data=data, solver={"coarser": 2})


def test_a_run_of_its_name_is_named_by_its_folder(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="there is no such run"):
        sg.evaluate("./solver", data=data)
