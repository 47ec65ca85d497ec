"""Laws of what a run answers in Python: the kind of array that went in, no gradient, the figures of its files."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import surrogate as sg
from surrogate.errors import InputError, SettingsError, UsageError
from surrogate.predictors.runs import WEIGHTS, store

from .conftest import SMALL


@pytest.fixture(scope="module")
def evaluated(run):
    return run.evaluate(split="test", solver_seconds=0)


def test_numpy_gives_numpy_and_torch_gives_torch_without_a_gradient(run, data):
    inputs, outputs = data.pairs("train")
    answer = run.predict(inputs)
    assert (type(answer), answer.shape, answer.dtype) == (np.ndarray, outputs.shape, np.float32)
    tensor = torch.from_numpy(inputs).requires_grad_()
    same = sg.predict(str(run.path), tensor)
    assert isinstance(same, torch.Tensor)
    assert not same.requires_grad
    assert not same.is_inference()
    np.testing.assert_array_equal(same.numpy(), answer)


@pytest.mark.parametrize("of", ["lists", "bfloat16", "float64"])
def test_inputs_may_be_lists_and_tensors_of_any_precision(run, data, of):
    inputs = data.pairs("train")[0][:2]
    kinds = {
        "lists": np.ndarray.tolist,
        "float64": np.float64,
        "bfloat16": torch.bfloat16,
        "device": torch.device("cpu"),
    }
    given = kinds[of](inputs) if callable(kinds[of]) else torch.from_numpy(inputs).to(kinds[of])
    answer = np.asarray(run.predict(given))
    tolerance = 3e-2 if of == "bfloat16" else 1e-6
    assert np.linalg.norm(answer - run.predict(inputs)) <= tolerance * np.linalg.norm(answer)


def test_weights_are_read_once_and_again_when_a_training_has_replaced_them(run, data, tmp_path):
    own = sg.open(shutil.copytree(run.path, tmp_path / "run"))
    inputs = data.pairs("train")[0]
    first, reader = own.predict(inputs), own.predictor()
    assert own.predictor() is reader
    weights = {name: 2 * value if "weight" in name else value for name, value in reader.surrogate.state_dict().items()}
    store(own.path, WEIGHTS, weights)
    assert not np.array_equal(own.predict(inputs), first)


def test_a_loaded_run_is_a_module_that_can_be_differentiated(run, data):
    inputs = torch.from_numpy(data.pairs("train")[0]).requires_grad_()
    surrogate = sg.load(run)
    assert not surrogate.training
    answer = surrogate(inputs)
    np.testing.assert_array_equal(answer.detach().numpy(), run.predict(inputs).numpy())
    answer.sum().backward()
    assert inputs.grad.abs().sum() > 0


def test_inputs_unlike_those_of_training_are_warned_of_or_refused(run, data):
    far = 100 * data.pairs("train")[0]
    with pytest.warns(UserWarning, match="unlike the training inputs"):
        run.predict(far)
    with pytest.raises(InputError, match="the inputs: unlike"):
        run.predict(far, on_outside="error")


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"batchsize": 3}, UsageError, "batch_size"),
        ({"steps": 3}, SettingsError, "steps=3"),
        ({"on_outside": "wran"}, SettingsError, "did you mean 'warn'"),
        ({"points": np.zeros((3, 2))}, InputError, "the points: the surrogate"),
        ({"points": [[0.5, 0.5], [0.5]]}, InputError, "expected an array, or lists of one length"),
    ],
)
def test_what_cannot_be_asked_is_an_exception(run, data, settings, error, says):
    with pytest.raises(error, match=says):
        run.predict(data.pairs("train")[0], **settings)


def test_an_evaluation_holds_the_figures_of_its_files(evaluated, run):
    error = evaluated.metrics["relative_l2"]
    held = json.loads((run.path / "eval/test/metrics.json").read_text())
    assert held["metrics"]["relative_l2"]["mean"] == error.mean == evaluated.to_dict()["metrics"]["relative_l2"]["mean"]
    assert error.low < error.mean < error.high
    assert evaluated.report() == run.path / "eval/test/report.html"
    assert "relative L2" in evaluated._repr_html_()
    assert f"{error.mean:.4g}" in repr(evaluated)


def test_without_pandas_a_frame_is_refused_in_words(evaluated, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(SettingsError, match="needs pandas"):
        evaluated.to_frame()


def test_runs_are_compared_on_the_same_samples(run, data, tmp_path):
    other = sg.train(data, out=tmp_path / "other", **SMALL, seed=1)
    comparison = sg.compare(run, other.path, split="valid", out=tmp_path / "compare")
    assert {one.metric for one in comparison.differences} >= {"relative_l2"}
    assert comparison.to_dict() == json.loads((tmp_path / "compare/compare.json").read_text())
    assert comparison.report().is_file()
    assert comparison.headline in repr(comparison)
    with pytest.raises(UsageError, match="expected two or more"):
        sg.compare(run)


def test_a_run_is_exported_and_the_file_evaluated_as_the_run_is(run, tmp_path, data):
    file = run.export(tmp_path / "run.pt2", format="torch")
    assert file.error < 1e-5
    trust, inputs = f"sha256:{file.sha256}", torch.from_numpy(data.pairs("train")[0])
    torch.testing.assert_close(sg.load(file, trust=trust)(inputs), sg.load(run)(inputs).detach(), rtol=1e-5, atol=1e-5)
    with pytest.raises(InputError, match="only where its hash is named"):
        sg.load(file)
    same = sg.evaluate(file, data=data, trust=trust, solver_seconds=0).metrics["relative_l2"].mean
    assert same == pytest.approx(run.evaluate(solver_seconds=0).metrics["relative_l2"].mean, rel=1e-5)
    assert Path(file).stat().st_size == file.bytes == file.to_dict()["bytes"]
    with pytest.raises(SettingsError, match="did you mean 'torch'"):
        run.export(tmp_path / "other", format="troch")


def test_predictions_made_elsewhere_are_evaluated_and_compared_as_a_run_is(run, tmp_path, data):
    with torch.inference_mode():
        np.save(tmp_path / "u.npy", sg.load(run)(torch.from_numpy(data.pairs("valid")[0])).numpy())
    own = sg.evaluate(tmp_path / "u.npy", data=data, split="valid", solver_seconds=0)
    assert own.metrics["relative_l2"].mean == pytest.approx(run.metrics["valid_relative_l2"], rel=1e-5)
    comparison = sg.compare(run, tmp_path / "u.npy", data=data, split="valid", out=tmp_path / "compare")
    assert comparison.differences[0].mean.mean == pytest.approx(0, abs=1e-6)
