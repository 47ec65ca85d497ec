from pathlib import Path

import numpy as np
import pytest
import torch

from surrogate import memory_limits
from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.config.words import prepared
from surrogate.errors import InputError, SettingsError
from surrogate.evaluation.predict import predict
from surrogate.evaluation.prediction_settings import PredictConfig
from surrogate.predictors.runs import load_run
from surrogate.predictors.tensor_files import read_tensors


@pytest.fixture(scope="module")
def steady(specify, dataset, make_run):
    return make_run(dataset(specify()))


@pytest.fixture(scope="module")
def moving(specify, dataset, make_run):
    return make_run(dataset(specify(task="step", times=(0.0, 1.0))))


@pytest.fixture
def fields():
    return np.random.default_rng(5).standard_normal((5, 1, 8, 8)) / 2


def test_what_is_written_is_what_the_surrogate_gives(steady, wish, fields, tmp_path):
    np.save(tmp_path / "in.npy", fields)
    prediction = predict(wish(steady, tmp_path / "in.npy", tmp_path / "new" / "out.npy", batch_size=2))
    with torch.inference_mode():
        expected = load_run(steady).surrogate(torch.from_numpy(fields).float()).numpy()
    written = np.load(tmp_path / "new" / "out.npy", allow_pickle=False)
    assert written.dtype == np.float32
    np.testing.assert_allclose(written, expected, rtol=1e-5, atol=1e-6)
    assert (prediction.samples, prediction.output_shape) == (5, (5, 1, 8, 8))


def test_missing_axes_are_read_as_said(steady, wish, fields, tmp_path):
    outputs = []
    for name, array in {"full": fields, "channelless": fields[:, 0]}.items():
        np.save(tmp_path / name, array)
        prediction = predict(wish(steady, tmp_path / f"{name}.npy", tmp_path / f"of-{name}.npy"))
        outputs.append(np.load(tmp_path / f"of-{name}.npy"))
    np.testing.assert_array_equal(*outputs)
    assert prediction.figures()["read as"] == "5 samples of the one field source"
    np.save(tmp_path / "one", fields[0])
    prediction = predict(wish(steady, tmp_path / "one.npy", tmp_path / "out.npy"))
    assert prediction.figures()["read as"] == "a single sample"
    assert prediction.output_shape == (1, 1, 8, 8)


def test_steps_give_every_state_on_the_way(moving, wish, tmp_path):
    inputs = np.random.default_rng(6).standard_normal((3, 2, 8, 8)).astype(np.float32)
    np.save(tmp_path / "in.npy", inputs)
    predict(wish(moving, tmp_path / "in.npy", tmp_path / "three.npy", steps=3))
    states = np.load(tmp_path / "three.npy")
    assert states.shape == (3, 3, 1, 8, 8)
    for step in range(3):
        np.save(tmp_path / "in.npy", inputs)
        predict(wish(moving, tmp_path / "in.npy", tmp_path / "one.npy", overwrite=True))
        np.testing.assert_allclose(states[:, step], np.load(tmp_path / "one.npy"), rtol=1e-5, atol=1e-6)
        inputs[:, 1:] = states[:, step]


def test_inputs_beyond_the_training_range_are_counted(steady, wish, fields, tmp_path):
    fields[1, 0, 3, 3] = fields[4, 0, 0, 0] = 50
    np.save(tmp_path / "in.npy", fields)
    prediction = predict(wish(steady, tmp_path / "in.npy", tmp_path / "out.npy", batch_size=2))
    assert prediction.reply.outside == 2
    assert "2 of 5 samples" in prediction.warnings[0]
    assert "sample 1: source: largest value 50 (training: " in prediction.warnings[0]


def test_inputs_unlike_those_of_training_are_refused_where_that_is_wished(steady, wish, fields, tmp_path):
    np.save(tmp_path / "in.npy", fields)
    predict(wish(steady, tmp_path / "in.npy", tmp_path / "fine.npy", on_outside="error"))
    fields[3] += 50
    np.save(tmp_path / "in.npy", fields)
    with pytest.raises(InputError, match=r"unlike what .* was trained on: sample 3: source: "):
        predict(wish(steady, tmp_path / "in.npy", tmp_path / "out.npy", on_outside="error"))
    assert not (tmp_path / "out.npy").exists()


def test_inputs_unlike_those_of_training_are_solved_where_that_is_wished(steady, wish, fields, tmp_path):
    fields[3] += 50
    np.save(tmp_path / "in.npy", fields)

    def solve(run, inputs):
        np.testing.assert_array_equal(inputs, fields[3:4].astype(np.float32))
        return np.full((1, 1, 8, 8), 7.0)

    request = wish(steady, tmp_path / "in.npy", tmp_path / "out.npy", on_outside="solve")
    prediction = predict(request, solve)
    predict(wish(steady, tmp_path / "in.npy", tmp_path / "plain.npy"))
    solved, plain = np.load(tmp_path / "out.npy"), np.load(tmp_path / "plain.npy")
    assert (solved[3] == 7).all()
    np.testing.assert_array_equal(np.delete(solved, 3, 0), np.delete(plain, 3, 0))
    assert (prediction.reply.solved, prediction.warnings) == (1, ())
    with pytest.raises(SettingsError, match="on_outside=solve"):
        predict(request)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 3, 8, 8)), r"shape \(2, 3, 8, 8\); expected \(sample, 1, 2 space axes\) with the fields source"),
        (np.zeros(8), "shape"),
        (np.zeros((0, 1, 8, 8)), "shape"),
        (np.zeros((2, 1, 8, 8), complex), "complex128, not real"),
        (np.full((2, 1, 8, 8), 1e300), "sample 0 holds values that are not finite"),
        (np.array([{}]), "not an array of numbers"),
        (np.zeros((2, 1, 2, 2)), "cannot take a grid of 2 x 2 points"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_a_line(steady, wish, tmp_path, array, message):
    np.save(tmp_path / "in.npy", array, allow_pickle=True)
    with pytest.raises(InputError, match=message) as error:
        predict(wish(steady, tmp_path / "in.npy", tmp_path / "out.npy"))
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out.npy").exists()


def test_files_that_are_no_arrays_are_refused(steady, wish, tmp_path):
    (tmp_path / "text.npy").write_text("1 2 3")
    np.savez(tmp_path / "many.npz", a=np.zeros(3))
    (tmp_path / "empty.npy").touch()
    for name in ("text.npy", "many.npz", "empty.npy", "absent.npy"):
        with pytest.raises(InputError, match=name):
            predict(wish(steady, tmp_path / name, tmp_path / "out.npy"))


def test_a_map_takes_no_steps(steady, wish, fields, tmp_path):
    np.save(tmp_path / "in.npy", fields)
    with pytest.raises(SettingsError, match="expected steps=1"):
        predict(wish(steady, tmp_path / "in.npy", tmp_path / "out.npy", steps=2))


def test_answers_for_which_there_is_no_memory_are_refused_before_the_first(tmp_path, monkeypatch):
    frozen = Path(__file__).parents[1] / "frozen" / "version-1"
    inputs = read_tensors(frozen / "examples.safetensors")["inputs"].numpy()
    np.save(tmp_path / "in.npy", inputs)
    words = prepared([f"run={frozen}", f"input={tmp_path / 'in.npy'}", f"out={tmp_path / 'out.npy'}"])
    config = read(PredictConfig, compose_tree("predict", words))
    monkeypatch.setattr(memory_limits, "available", lambda: memory_limits.Limit(100, "of a test"))
    with pytest.raises(SettingsError, match="answers: needs about"):
        predict(config)
    assert not (tmp_path / "out.npy").exists()
