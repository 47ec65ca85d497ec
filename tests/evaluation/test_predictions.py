"""Predictions made elsewhere are evaluated as a run is: of a run's own predictions they have the run's figures."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import torch

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.errors import InputError, SettingsError
from surrogate.evaluation.compare.comparison import compare
from surrogate.evaluation.compare.comparison_settings import CompareConfig
from surrogate.evaluation.evaluate import evaluate
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.predictions import samples_of
from surrogate.evaluation.report.comparison_page import title
from surrogate.evaluation.report.comparison_page import write_report as write_comparison
from surrogate.evaluation.report.evaluation_page import write_report
from surrogate.evaluation.suite_files import ask
from surrogate.predictors.runs import load_run
from surrogate.reading import sha256

TIMES = (0.0, 0.1, 0.2, 0.3)


def of_file(settings, data, of, key="predictions"):
    """Return the settings of an evaluation of the file ``of`` on ``data``."""
    tree = settings(of).model_dump(mode="json")
    return read(EvalConfig, tree | {"run": None, key: str(of), "data": data and str(data.path)})


@pytest.fixture(scope="module")
def steady(specify, dataset):
    return dataset(specify())


@pytest.fixture(scope="module")
def moving(specify, dataset):
    return dataset(specify(task="step", times=TIMES))


def own(folder, data, split="test"):
    """Return the samples of a split and what a run predicts for them."""
    run = load_run(folder)
    samples = samples_of(run, data, split)
    return samples, run.answers(samples, 32).prediction


@pytest.fixture(scope="module")
def run(steady, make_run):
    return make_run(steady)


@pytest.fixture(scope="module")
def answers(run, steady):
    return own(run, steady)


def means(evaluation):
    return {name: (it.mean, it.low, it.high) for name, it in evaluation.metrics.items()}


WRITERS = {
    "u.npy": lambda path, u, a: np.save(path, u),
    "u.npz": lambda path, u, a: np.savez_compressed(path, predictions=u[::-1], inputs=a[::-1]),
    "u.pt": lambda path, u, a: torch.save(torch.from_numpy(u[:, 0].copy()), path),
    "named.pt": lambda path, u, a: torch.save({"u": torch.from_numpy(u.copy()), "inputs": torch.from_numpy(a)}, path),
    "u.h5": lambda path, u, a: h5py.File(path, "w").create_dataset("u", data=np.moveaxis(u, 1, -1)).file.close(),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_runs_own_predictions_have_the_figures_of_the_run(steady, run, answers, settings, tmp_path, name):
    samples, prediction = answers
    WRITERS[name](tmp_path / name, prediction, samples.inputs)
    evaluation, expected = evaluate(of_file(settings, steady, of=tmp_path / name)), evaluate(settings(run))
    assert means(evaluation) == means(expected)
    assert evaluation.baselines == expected.baselines
    assert evaluation.folder == tmp_path / "eval" / name / "test"


def test_a_report_says_whose_predictions_they_are_and_what_they_cannot_tell(steady, answers, settings, tmp_path):
    np.save(tmp_path / "u.npy", answers[1])
    evaluation = evaluate(of_file(settings, steady, key="predictor", of=tmp_path / "u.npy"))
    digest = sha256(tmp_path / "u.npy")
    written = evaluation.to_dict()
    assert written["predictor"]["sha256"] == digest
    assert written["seconds_per_sample"] is None
    assert "no map that could be asked" in written["absent"]["timing"]
    text = write_report(evaluation).read_text()
    assert digest in text
    assert "Evaluation of predictions" in text
    assert "made elsewhere" in text


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((3, 1, 8, 8)), "the split 'test' has 4 samples, these are 3"),
        (np.zeros((4, 1, 8, 6)), r"predictions \(4, 1, 8, 6\); expected .* = \(4, 1, 8, 8\)"),
        (np.zeros((4, 1, 8, 8), complex), "complex128, not real"),
    ],
)
def test_what_are_no_predictions_of_these_samples_is_refused_in_a_line(steady, settings, tmp_path, values, message):
    np.save(tmp_path / "u.npy", values)
    with pytest.raises(InputError, match=message):
        evaluate(of_file(settings, steady, of=tmp_path / "u.npy"))


def test_predictions_of_other_samples_are_refused(steady, run, settings, tmp_path):
    samples, prediction = own(run, steady, "train")
    np.savez(tmp_path / "u.npz", predictions=prediction[:4], inputs=samples.inputs[:4])
    with pytest.raises(InputError, match=r"its inputs are not those of the split 'test' \(4 of 4"):
        evaluate(of_file(settings, steady, of=tmp_path / "u.npz"))


def test_predictions_need_the_data_that_they_are_of(steady, answers, settings, tmp_path):
    np.save(tmp_path / "u.npy", answers[1])
    with pytest.raises(SettingsError, match="give data=FOLDER"):
        evaluate(of_file(settings, None, of=tmp_path / "u.npy"))


def test_single_steps_have_the_errors_of_steps_and_no_roll_out(moving, make_run, settings, tmp_path):
    run = make_run(moving)
    samples, prediction = own(run, moving)
    np.save(tmp_path / "u.npy", prediction.reshape(len(samples), -1, *prediction.shape[1:]))
    evaluation, expected = evaluate(of_file(settings, moving, of=tmp_path / "u.npy")), evaluate(settings(run))
    assert means(evaluation) == {name: it for name, it in means(expected).items() if name in evaluation.per_sample}
    assert evaluation.rollout is None
    assert "no map that could be asked" in evaluation.absent["roll-out"]
    assert any("single steps" in note for note in evaluation.notes)


def test_whole_trajectories_are_roll_outs(moving, make_run, settings, tmp_path):
    run = make_run(moving)
    samples, rolled = own(run, moving)[0], load_run(run)
    states = rolled.rolled_out(samples, 3, 32)
    np.save(tmp_path / "u.npy", np.concatenate([samples.states[:, :1], states], axis=1)[:, :, 0])
    evaluation, expected = evaluate(of_file(settings, moving, of=tmp_path / "u.npy")), evaluate(settings(run))
    assert evaluation.rollout.relative_l2.tolist() == expected.rollout.relative_l2.tolist()
    assert evaluation.metrics["valid_time"] == expected.metrics["valid_time"]


def test_fewer_frames_are_steps_from_more_states(moving, make_run, settings, tmp_path):
    run = make_run(moving, "time.history=2")
    samples, prediction = own(run, moving)
    np.save(tmp_path / "u.npy", prediction.reshape(len(samples), 2, 1, 8, 8))
    evaluation = evaluate(of_file(settings, moving, of=tmp_path / "u.npy"))
    assert evaluation.problem == samples.problem
    assert evaluation.metrics["relative_l2"] == evaluate(settings(run)).metrics["relative_l2"]


def test_a_run_and_its_own_predictions_do_not_differ(steady, run, answers, tmp_path):
    np.save(tmp_path / "u.npy", answers[1])
    tree = compose_tree("compare", []) | {"runs": [str(run), str(tmp_path / "u.npy")], "device": "cpu"}
    comparison = compare(read(CompareConfig, tree))
    assert {one.mean.mean for one in comparison.differences} == {0.0}
    described = comparison.to_dict()["runs"][1]
    assert (described["seconds_per_sample"], described["model"]) == (None, None)
    assert described["sha256"] == sha256(tmp_path / "u.npy")
    assert any("What u.npy learned from is not known" in note for note in comparison.notes)
    assert title(comparison) == "2 predictors (small, u.npy) on 4 test samples of fields"
    assert "made elsewhere" in write_comparison(comparison, tmp_path / "report").read_text()


UNCERTAINTY = {"name": "uncertainty", "level": 0.5, "share": 0.5}


@pytest.mark.parametrize("name", ["test", "predictions"])
def test_predictions_of_two_splits_have_the_bands_of_their_run(steady, run, answers, settings, tmp_path, name):
    np.savez(tmp_path / "u.npz", **{name: answers[1], "train": own(run, steady, "train")[1]})
    config = of_file(settings, steady, of=tmp_path / "u.npz")
    expected = ask(evaluate(settings(run)), settings(run, suite=UNCERTAINTY).suite).to_dict()
    result = ask(evaluate(config), settings(run, suite=UNCERTAINTY).suite)
    assert result.to_dict() == expected | {"unproven": result.unproven}
    assert "What u.npz learned from is not known" in result.section().notes[2]


@pytest.mark.parametrize(
    ("split", "message"),
    [("test", "in arrays 'test' and 'valid'"), ("valid", "may have been selected by these")],
)
def test_predictions_that_can_have_no_bands_are_refused_in_a_line(steady, run, settings, tmp_path, split, message):
    np.save(tmp_path / "u.npy", own(run, steady, split)[1])
    tree = of_file(settings, steady, of=tmp_path / "u.npy").model_dump(mode="json")
    evaluation = evaluate(read(EvalConfig, tree | {"split": split}))
    with pytest.raises(InputError, match=message):
        ask(evaluation, settings(run, suite=UNCERTAINTY).suite)


def test_suites_that_ask_a_map_say_that_there_is_none(steady, answers, settings, tmp_path):
    np.save(tmp_path / "u.npy", answers[1])
    config = of_file(settings, steady, of=tmp_path / "u.npy")
    suite = compose_tree("eval", ["run=x", "suite=generalisation"])["suite"]
    config = read(EvalConfig, config.model_dump(mode="json") | {"suite": suite})
    with pytest.raises(InputError, match="no map that could be asked"):
        ask(evaluate(config), config.suite)
