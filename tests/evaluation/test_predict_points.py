"""Predictions at points of the user's own, which a DeepONet gives."""

import numpy as np
import pytest
import torch

from surrogate.errors import InputError, SettingsError
from surrogate.evaluation.predict import predict
from surrogate.predictors.runs import load_run

SMALL = ("model=deeponet", "model.branch_layers=[8]", "model.trunk_layers=[8]", "model.n_basis=4")


@pytest.fixture(scope="module")
def data(specify, dataset):
    return dataset(specify())


@pytest.fixture(scope="module")
def run(data, make_run):
    return make_run(data, *SMALL)


@pytest.fixture
def answers(wish, tmp_path):
    """Predict one field at points."""

    def ask(run, points, **changed):
        np.save(tmp_path / "in.npy", np.random.default_rng(5).standard_normal((3, 1, 8, 8)) / 2)
        np.save(tmp_path / "points.npy", points)
        places = {"points": str(tmp_path / "points.npy")}
        prediction = predict(wish(run, tmp_path / "in.npy", tmp_path / "out.npy", **places, **changed))
        return prediction, np.load(tmp_path / "out.npy")

    return ask


def test_at_the_points_of_the_grid_it_is_the_prediction_on_the_grid(run, answers, wish, tmp_path):
    axis = (np.arange(8) + 0.5) / 8
    prediction, values = answers(run, np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2), batch_size=2)
    predict(wish(run, tmp_path / "in.npy", tmp_path / "grid.npy"))
    assert prediction.output_shape == (3, 1, 64)
    np.testing.assert_allclose(values, np.load(tmp_path / "grid.npy").reshape(3, 1, 64), rtol=1e-5, atol=1e-5)


def test_the_values_are_in_physical_units_between_the_points_too(run, answers):
    surrogate = load_run(run).surrogate
    fields = torch.from_numpy(np.random.default_rng(5).standard_normal((3, 1, 8, 8)) / 2).float()
    points = torch.tensor([[0.0, 0.0], [0.31, 0.77], [1.0, 1.0]], dtype=torch.float64)
    _, values = answers(run, points.numpy())
    coded = surrogate.operator.at(surrogate.input_normaliser.encode(fields), points).detach()
    expected = coded * surrogate.output_normaliser.std.flatten() + surrogate.output_normaliser.mean.flatten()
    np.testing.assert_allclose(values, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.zeros((4, 3)), r"\(4, 3\) of float64; expected numbers \(point, 2 axes\)"),
        (np.zeros((0, 2)), "expected numbers"),
        (np.array([[0.5, 0.5], [0.5, 1.2]]), r"point 1, \[0.5, 1.2\], lies outside the box \[0, 1\] x \[0, 1\]"),
        (np.array([[0.5, np.nan]]), "point 0"),
    ],
)
def test_what_are_no_points_of_the_box_is_refused_in_a_line(run, answers, points, message):
    with pytest.raises(InputError, match=message) as error:
        answers(run, points)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "answers on a grid and not at points; expected a run of model=deeponet"),
        ((*SMALL, "normaliser.outputs=pointwise"), "normaliser.outputs=pointwise"),
        ((*SMALL, "physics.hard_boundary=true"), "physics.hard_boundary=true"),
    ],
)
def test_runs_that_answer_on_their_grid_alone_say_so(data, make_run, answers, words, message):
    with pytest.raises(InputError, match=message):
        answers(make_run(data, *words), np.full((1, 2), 0.5))


def test_points_take_one_step(run, answers, specify, dataset, make_run):
    moving = make_run(dataset(specify(task="step", times=(0.0, 1.0))), *SMALL)
    with pytest.raises(SettingsError, match="points= takes steps=1"):
        answers(moving, np.full((1, 2), 0.5), steps=2)


def test_a_periodic_axis_has_no_ends(specify, dataset, make_run, answers):
    run = make_run(dataset(specify(condition="periodic")), *SMALL)
    _, values = answers(run, np.array([[0.2, 0.9], [1.2, -0.1]]))
    np.testing.assert_allclose(values[..., 0], values[..., 1], rtol=1e-4, atol=1e-5)
