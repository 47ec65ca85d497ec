"""An exported file is evaluated as the run that it was made of."""

import json

import pytest

from surrogate.config.read import read
from surrogate.errors import InputError, SettingsError
from surrogate.evaluation.evaluate import evaluate
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.report.errors_section import title
from surrogate.predictors.exported.artefact_card import Form
from surrogate.predictors.runs import load_run
from surrogate.registry import EXPORTERS

TIMES = (0.0, 0.1, 0.2)


def of_file(settings, file, **changed):
    """Return the settings of an evaluation of ``file`` in place of a run."""
    tree = settings(file).model_dump(mode="json")
    return read(EvalConfig, tree | {"run": None, "artefact": str(file)} | changed)


@pytest.fixture(scope="module")
def moving(specify, dataset):
    return dataset(specify(task="step", times=TIMES))


@pytest.fixture(scope="module")
def run(moving, make_run):
    return make_run(moving, "residual=true")


@pytest.fixture(scope="module")
def file(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("handed-on") / "small.onnx"
    EXPORTERS.module("onnx").export(load_run(run), path, 1e-5)
    return path


def test_its_metrics_are_those_of_the_run(moving, run, file, settings):
    expected = evaluate(settings(run))
    evaluation = evaluate(of_file(settings, file, data=str(moving.path)))
    assert {name: values.mean for name, values in evaluation.metrics.items()} == pytest.approx(
        {name: values.mean for name, values in expected.metrics.items()}, rel=1e-4, abs=1e-6
    )
    assert evaluation.baselines.keys() == expected.baselines.keys()
    assert title(evaluation).startswith("small.onnx on 4 test samples")
    assert evaluation.folder == file.parent / "eval" / "small.onnx" / "test"
    assert json.loads((evaluation.folder / "metrics.json").read_text())["run"] == str(file)


def test_without_its_data_beside_it_asks_for_them(file, settings):
    with pytest.raises(InputError, match=r"made from fields; give data=FOLDER"):
        evaluate(of_file(settings, file))


def test_data_of_another_grid_are_refused(file, specify, dataset, settings):
    other = dataset(specify((8, 6), task="step", times=TIMES))
    with pytest.raises(InputError, match="grid"):
        evaluate(of_file(settings, file, data=str(other.path)))


def test_there_is_one_thing_to_evaluate(file, settings):
    for given in ({"run": str(file)}, {"artefact": None}):
        with pytest.raises(SettingsError, match="one of"):
            of_file(settings, file, **given)


@pytest.fixture(scope="module")
def rolled(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("handed-on") / "three.onnx"
    EXPORTERS.module("onnx").export(load_run(run), path, 1e-5, Form(steps=3))
    return path


def test_a_file_of_several_steps_has_the_errors_of_a_step_of_its_run(moving, run, rolled, settings):
    expected = evaluate(settings(run))
    evaluation = evaluate(of_file(settings, rolled, data=str(moving.path)))
    assert evaluation.metrics["relative_l2"].mean == pytest.approx(expected.metrics["relative_l2"].mean, rel=1e-4)
    assert any("makes 3 steps at once" in note for note in evaluation.notes)


def test_a_file_of_several_steps_has_the_roll_out_of_its_run(moving, run, rolled, settings):
    expected = evaluate(settings(run)).rollout
    evaluation = evaluate(of_file(settings, rolled, data=str(moving.path))).rollout
    assert evaluation.relative_l2 == pytest.approx(expected.relative_l2, rel=1e-4)
