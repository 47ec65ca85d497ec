"""A run on clouds from the command line: trained, evaluated, asked, refused where a grid is needed."""

import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

from surrogate.cli.app import app
from surrogate.evaluation.predictions import samples_of
from surrogate.predictors.runs import load_run

from .conftest import draw, write

TRAIN = ("model=pointwise_mlp", "loss=relative_l2", "trainer.batch_size=8", "trainer.device=cpu")


def surrogate(*words):
    return CliRunner().invoke(app, list(words))


@pytest.fixture(scope="module")
def run(cloud, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "cloud"
    result = surrogate("train", f"data={cloud.path}", f"out={out}", "optimizer.lr=1e-2", *TRAIN, "trainer.epochs=8")
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture(scope="module")
def evaluation(run):
    result = surrogate("eval", f"run={run}", "device=cpu")
    assert result.exit_code == 0, result.output
    return run / "eval" / "test"


def test_its_errors_are_those_of_integrals(evaluation, run, cloud):
    metrics = json.loads((evaluation / "metrics.json").read_text())["metrics"]
    assert {"relative_l2", "rmse", "vrmse", "max_error", "pearson"} <= metrics.keys()
    assert not {"h1_fd", "h1_mgno", "boundary_rmse", "fourier_low_rmse"} & metrics.keys()
    constants, states = cloud.read("test")
    inputs = run.parent / "inputs.npy"
    np.save(inputs, constants)
    result = surrogate("predict", f"run={run}", f"input={inputs}", f"out={run.parent / 'u.npy'}", "device=cpu")
    assert result.exit_code == 0, result.output
    weights, answer = constants[:, 2], np.load(run.parent / "u.npy")[:, 0]
    truth = states[:, 0, 0]
    apart = np.sqrt((weights * (answer - truth) ** 2).sum(1) / (weights * truth**2).sum(1))
    assert metrics["relative_l2"]["mean"] == pytest.approx(apart.mean(), rel=1e-4)


def test_its_page_shows_the_points_and_names_what_is_absent(evaluation):
    page = (evaluation / "report.html").read_text()
    assert page.count("answer, prediction") >= 3
    assert re.search(r"No [^.]*H1 by differences[^.]*: it needs a grid\.", page)
    assert "No error maps and no spectra: the points differ from sample to sample." in page
    assert "the points differ from sample to sample." in page.split("No baseline")[1]


def test_where_all_samples_share_their_points_it_is_compared_with_what_learns_nothing(tmp_path):
    def shared(generator, n):
        constants, states = draw(generator, n)
        constants[:, :3] = draw(np.random.default_rng(0), 1)[0][:, :3]
        return np.where(constants[:, 2:3] > 0, constants, 0.0), np.where(constants[:, None, 2:3] > 0, states, 0.0)

    data = write(tmp_path / "shared", shared)
    words = (f"data={data.path}", f"out={tmp_path / 'run'}", *TRAIN, "trainer.epochs=1")
    assert surrogate("train", *words).exit_code == 0
    assert surrogate("eval", f"run={tmp_path / 'run'}", "device=cpu").exit_code == 0
    baselines = json.loads((tmp_path / "run" / "eval" / "test" / "metrics.json").read_text())["baselines"]
    assert baselines["training_mean"]["relative_l2"]["mean"] > 0
    assert {"nearest_training_sample", "pod_ridge"} <= baselines.keys()


def test_steps_on_clouds_are_rolled_out_with_errors_that_are_integrals(tmp_path):
    def moving(generator, n):
        constants, states = draw(generator, n)
        return constants, np.concatenate([states * 0.8**k for k in range(3)], axis=1)

    data = write(tmp_path / "moving", moving, times=(0.0, 0.1, 0.2))
    words = (f"data={data.path}", f"out={tmp_path / 'run'}", *TRAIN, "trainer.epochs=1")
    assert surrogate("train", *words).exit_code == 0
    result = surrogate("eval", f"run={tmp_path / 'run'}", "device=cpu")
    assert result.exit_code == 0, result.output
    folder = tmp_path / "run" / "eval" / "test"
    evaluation = json.loads((folder / "metrics.json").read_text())
    constants, states = data.read("test")
    persisted = np.sqrt((constants[:, 2] * (states[:, 0, 0] - states[:, 2, 0]) ** 2).sum(1))
    persisted /= np.sqrt((constants[:, 2] * states[:, 2, 0] ** 2).sum(1))
    assert evaluation["rollout"]["persistence"][1] == pytest.approx(persisted.mean(), rel=1e-5)
    assert (evaluation["rollout"]["spectrum"], len(evaluation["rollout"]["valid_time"])) == ([], len(states))
    page = (folder / "report.html").read_text()
    assert "No energy spectra of the roll-out: they need a grid." in page
    assert "trajectories blew up" in page


def test_bands_on_clouds_count_points_by_their_weights(run, cloud, evaluation):
    result = surrogate("eval", f"run={run}", "device=cpu", "suite=uncertainty", "suite.level=0.5")
    assert result.exit_code == 0, result.output
    bands = json.loads((evaluation / "uncertainty.json").read_text())
    assert {(band["scale"], band["kind"]) for band in bands["bands"]} == {
        ("constant", "points"),
        ("constant", "fields"),
    }
    assert bands["line"] is None
    held, constants = load_run(run), cloud.read("test")[0]
    weights, error = constants[:, 2], []
    for split in ("test", "train"):
        samples = samples_of(held, cloud, split)
        apart = np.abs(held.answers(samples, 32).prediction - samples.outputs)[:, 0]
        error.append(np.where(samples.inputs[:, 2] > 0, apart, 0))
    usual = np.sqrt((cloud.read("train")[0][:, 2] * error[1] ** 2).sum(1).mean())
    points = next(band for band in bands["bands"] if band["kind"] == "points")
    inside = (weights * (error[0] <= points["factor"] * usual)).sum(1)[4:]
    assert points["coverage"] == pytest.approx(inside.mean(), abs=1e-6)
    page = (evaluation / "report.html").read_text()
    assert "the points differ from sample to sample. Points count by their quadrature weights." in page


def test_runs_on_clouds_are_compared(run, cloud, evaluation, tmp_path):
    words = (f"data={cloud.path}", f"out={tmp_path / 'other'}", *TRAIN, "trainer.epochs=1", "seed=1")
    assert surrogate("train", *words).exit_code == 0
    result = surrogate("compare", str(run), str(tmp_path / "other"), "device=cpu", f"out={tmp_path / 'both'}")
    assert result.exit_code == 0, result.output
    runs = json.loads((tmp_path / "both" / "compare.json").read_text())["runs"]
    alone = json.loads((evaluation / "metrics.json").read_text())["metrics"]
    assert runs[0]["metrics"]["relative_l2"]["mean"] == pytest.approx(alone["relative_l2"]["mean"], rel=1e-6)
    page = (tmp_path / "both" / "report.html").read_text()
    assert "No error maps and no spectra: the points differ from sample to sample." in page
    assert page.count("answer, prediction") >= 2


def test_it_is_described_by_its_cloud(run, cloud):
    assert "24" in surrogate("info", str(run)).output
    assert "24 points of a cloud at most" in surrogate("info", str(cloud.path)).output


def test_another_capacity_is_taken_and_another_number_of_fields_is_not(run, cloud, tmp_path):
    constants, _ = cloud.read("test")
    for name, array, code in (("fewer", constants[..., :12], 0), ("other", constants[:, :3], 65)):
        np.save(tmp_path / f"{name}.npy", array)
        words = (f"run={run}", f"input={tmp_path / name}.npy", f"out={tmp_path / name}-u.npy", "device=cpu")
        assert surrogate("predict", *words).exit_code == code


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("export", "format=torch"), "needs a grid"),
        (("eval", "suite=generalisation", "device=cpu"), "without a recipe"),
    ],
)
def test_what_a_cloud_does_not_have_is_refused_in_a_line(run, evaluation, words, message):
    result = surrogate(words[0], f"run={run}", *words[1:])
    assert result.exit_code in (65, 78)
    assert message in " ".join(result.output.split())
