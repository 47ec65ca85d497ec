"""A map between spaces chosen by name: pressure to permeability, and the same way as the task of the data."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import surrogate as sg
from surrogate.cli.app import app
from surrogate.datasets.windows import problem
from surrogate.errors import SettingsError
from surrogate.predictors.runs import WEIGHTS
from surrogate.spaces import ChosenSpaces

from .conftest import SMALL

WORDS = ("model=fno", "model.hidden_channels=8", "model.n_layers=2", "model.n_modes=[4,4]", "trainer.epochs=2")
WORDS += ("trainer.threads=1", "trainer.device=cpu", "allow_uncertified=true")
QUICK = {"certificate": {"samples": 0}}


def surrogate(*words):
    return CliRunner().invoke(app, list(words))


@pytest.fixture(scope="module")
def darcy(tmp_path_factory):
    out = tmp_path_factory.mktemp("darcy") / "data"
    return sg.generate("darcy_rough", grid=16, train=8, valid=4, test=4, part_size=8, pilot=False, out=out, **QUICK)


@pytest.fixture(scope="module")
def inverse(darcy, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "inverse"
    result = surrogate("train", f"data={darcy.path}", f"out={out}", "sources=[pressure]", "target=permeability", *WORDS)
    assert result.exit_code == 0, result.output
    return out


def test_an_inverse_problem_is_measured_by_what_was_given_to_the_equation(darcy, inverse):
    result = surrogate("eval", f"run={inverse}", "device=cpu")
    assert result.exit_code == 0, result.output
    held = darcy.arrays("test")
    np.save(inverse / "pressure.npy", held["pressure"])
    words = (f"run={inverse}", f"input={inverse / 'pressure.npy'}", f"out={inverse / 'answer.npy'}", "device=cpu")
    result = surrogate("predict", *words)
    assert result.exit_code == 0, result.output
    truth = held["permeability"]
    apart = np.load(inverse / "answer.npy")[:, 0] - truth
    errors = np.linalg.norm(apart, axis=(1, 2)) / np.linalg.norm(truth, axis=(1, 2))
    document = json.loads((inverse / "eval" / "test" / "metrics.json").read_text())
    assert document["metrics"]["relative_l2"]["mean"] == pytest.approx(errors.mean(), rel=1e-5)
    mean = darcy.arrays("train")["permeability"].mean(0)
    errors = np.linalg.norm(mean - truth, axis=(1, 2)) / np.linalg.norm(truth, axis=(1, 2))
    baseline = document["baselines"]["training_mean"]["relative_l2"]["mean"]
    assert baseline == pytest.approx(errors.mean(), rel=1e-5)


def test_pairs_by_name_are_those_fields_in_the_order_of_the_names(darcy):
    inputs, outputs = darcy.pairs("test", sources=["pressure"], target="permeability")
    held = darcy.arrays("test")
    np.testing.assert_array_equal(inputs[:, 0], held["pressure"])
    np.testing.assert_array_equal(outputs[:, 0], held["permeability"])


def test_a_run_says_which_spaces_it_maps(inverse):
    record = sg.open(inverse).record
    assert (record.settings.sources, record.settings.target) == (("pressure",), "permeability")
    assert record.figures()["sources"] == "pressure"
    assert set(record.problem.target.boundary.sides) == {("open", "open")}


def test_the_names_of_the_task_learn_what_the_task_learns(darcy, tmp_path):
    runs = [
        sg.train(darcy, out=tmp_path / "task", allow_uncertified=True, **SMALL),
        sg.train(
            darcy, out=tmp_path / "names", sources=["permeability"], target="pressure", allow_uncertified=True, **SMALL
        ),
    ]
    first, second = ((run.path / WEIGHTS).read_bytes() for run in runs)
    assert first == second
    errors = [run.evaluate().metrics["relative_l2"] for run in runs]
    assert errors[0] == errors[1]


def test_inputs_of_an_inverse_problem_are_not_given_to_the_solver(darcy, inverse):
    with pytest.raises(SettingsError, match="the surrogate maps pressure"):
        sg.predict(inverse, darcy.arrays("test")["pressure"], on_outside="solve", device="cpu")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("target=permeabilty", "target: there is no space 'permeabilty' in these data; did you mean 'permeability'?"),
        ("sources=[pressur]", "sources: there is no space 'pressur' in these data; did you mean 'pressure'?"),
        ("target=permeability task=step", "expected task=map"),
        ("target=permeability physics.weight=1", "leave out sources and target"),
        ("target=permeability physics.hard_boundary=true", "no side of these data is held"),
        ("target=permeability residual=true", "the inputs hold no state to add to"),
    ],
)
def test_what_an_inverse_problem_has_not_is_refused_in_a_line(darcy, tmp_path, words, message):
    out = tmp_path / "run"
    result = surrogate("train", f"data={darcy.path}", f"out={out}", *words.split(), *WORDS)
    assert (result.exit_code, message in " ".join(result.output.split())) == (78, True), result.output
    assert not out.exists()


def test_a_number_is_no_target(darcy):
    number = {"name": "viscosity", "unit": "1", "role": "uniform"}
    fields = (*darcy.spec.constants, type(darcy.spec.fields[0])(**number), *darcy.spec.states)
    with pytest.raises(SettingsError, match="target=viscosity: is a number"):
        problem(
            darcy.spec.model_copy(update={"fields": fields}), None, time=None, chosen=ChosenSpaces(target="viscosity")
        )
